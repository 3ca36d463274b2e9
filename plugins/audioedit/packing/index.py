"""What a packed shard says of itself in the file beside it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....core.errors import DataError


@dataclass(frozen=True)
class ShardIndex:
    """The index of a shard.

    Attributes:
        sha256: of the archive.
        samples: of each pair its ``id`` and its ``members``: name → offset and size.
    """

    sha256: str
    samples: list[dict[str, Any]]


def read_shard_index(shard: Path) -> ShardIndex:
    """Return the index of a shard that is whole by its size.

    Raises:
        DataError: if there is none that can be read, or it is another shard's.
    """
    path = shard.with_suffix(".json")
    try:
        facts = json.loads(path.read_bytes())
        index = ShardIndex(str(facts["sha256"]), list(facts["index"]))
        complete = shard.stat().st_size == facts["bytes"]
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise DataError(
            f"{shard} has no index that can be read beside it ({type(failure).__name__}); expected "
            f"{path.name}, as 'audio-omni audioedit pack' writes it."
        ) from None
    if not complete:
        raise DataError(
            f"{shard} has {shard.stat().st_size} bytes and its index tells of {facts['bytes']}: it "
            "is cut off, or another one. Pack or copy it again."
        )
    return index
