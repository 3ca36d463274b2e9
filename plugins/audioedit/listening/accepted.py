"""Which pairs people accept: one by one, where `agreement` tells of shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .agreement import read_judgements


@dataclass(frozen=True)
class Heard:
    """What people said of one pair.

    Attributes:
        raters: how many judged it.
        accepted: how many of them heard the edit, and no harm.
    """

    raters: int
    accepted: int

    @property
    def ok(self) -> bool:
        """Tell whether all who judged it accept it."""
        return self.accepted == self.raters > 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a record; nobody is named."""
        return {"raters": self.raters, "accepted": self.accepted, "ok": self.ok}


def heard_pairs(key_path: Path, ratings_paths: Sequence[Path]) -> dict[str, Heard]:
    """Return id → what people said of a pair; raters who do not listen are left out.

    Args:
        key_path: ``key.json`` beside the page.
        ratings_paths: files that the page saved, one a rater.

    Raises:
        DataError: as `agreement.judge`.
    """
    said: dict[str, list[bool]] = defaultdict(list)
    for judgement in read_judgements(key_path, ratings_paths).judgements:
        said[judgement.id].append(judgement.accepted)
    return {id_: Heard(len(found), sum(found)) for id_, found in sorted(said.items())}
