"""A test set on disk: shards with stems, and a file that tells how it was chosen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ....core.errors import DataError
from ..blobs import BlobStore, write_whole
from ..config import PackConfig
from ..packing.collect import shuffled
from ..packing.shards import Packed, pack
from .choosing import Chosen

FACTS = "test-set.json"


@dataclass(frozen=True)
class Written:
    """Where the parts of a test set are.

    Attributes:
        shards: read by ``audioedit:DIR?split=test``.
        facts: what was asked for, chosen, and is short, of each edit and stratum.
    """

    shards: Sequence[Packed]
    facts: Path


def write_test_set(chosen: Chosen, blobs: BlobStore, folder: Path, config: PackConfig) -> Written:
    """Write shards below ``folder``, with the stems of pairs that have any; the same every time.

    Raises:
        DataError: if nothing was chosen, or a blob is missing or damaged.
        StopRun: if the disk is full.
    """
    if not chosen.records:
        told = "; ".join(
            f"{t.task}: {t.candidates} candidates, {t.heard} heard, {t.accepted} accepted"
            for t in chosen.tasks
        )
        raise DataError(
            f"No pair can be tested with ({told or 'no recording is of the split test'}); expected "
            "pairs of test recordings that people accept. Rows with split: test are kept apart; "
            "have their pairs judged: audio-omni audioedit listen DIR --split test."
        )
    records = sorted(chosen.records, key=lambda record: shuffled(record.id))
    with_stems = config.model_copy(update={"stems": True})
    shards = list(pack(records, blobs, folder / "shards", with_stems))
    text = json.dumps([facts.to_dict() for facts in chosen.tasks], indent=2)
    write_whole(folder / FACTS, f"{text}\n".encode())
    return Written(shards, folder / FACTS)
