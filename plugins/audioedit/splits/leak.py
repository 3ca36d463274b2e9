"""The leak guard: recordings that are the same are in one split, or the training side goes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ....core.errors import DataError
from ..blobs import write_whole
from ..records import Split
from .matching import Match

LEAKS = Path("reports") / "leak.json"

GUARDED: tuple[Split, ...] = ("test", "validation", "train")
"""Of two splits that share a recording, the one further right loses it."""


@dataclass(frozen=True)
class LeakReport:
    """What the guard found.

    Attributes:
        compared: recordings that were compared.
        across: matches between splits.
        within: matches inside a split: duplicates.
        dropped: recordings that go, with what they are the same as.
        near: pairs that a scorer took for nearly the same; `None` where none was asked.
    """

    compared: int
    across: tuple[Match, ...]
    within: tuple[Match, ...]
    dropped: Mapping[str, str]
    near: int | None = None

    def facts(self, split_of: Mapping[str, Split]) -> dict[str, Any]:
        """Return it as ``leak.json`` holds it: counts by kind, then every match."""
        kinds = Counter(_kind(match, split_of) for match in (*self.across, *self.within))
        left = [m for m in self.across if not {m.first, m.second} & self.dropped.keys()]
        return {
            "compared": self.compared,
            **({} if self.near is None else {"near": self.near}),
            "counts": dict(sorted(kinds.items())),
            "dropped": dict(sorted(self.dropped.items())),
            "remaining": len(left),
            "across": [asdict(match) for match in self.across],
            "within": [asdict(match) for match in self.within],
        }


def guard(
    matches: Sequence[Match],
    split_of: Mapping[str, Split],
    compared: int,
    *,
    near: int | None = None,
) -> LeakReport:
    """Return which recordings have to go for no sound to be in two splits.

    Args:
        matches: from `find_matches`.
        split_of: item → split; items that are in none do no harm.
        compared: how many recordings were compared.
        near: how many candidates a scorer found.
    """
    known = [m for m in matches if m.first in split_of and m.second in split_of]
    across = [m for m in known if split_of[m.first] != split_of[m.second]]
    dropped: dict[str, str] = {}
    for match in across:
        sides = sorted((match.first, match.second), key=lambda item: GUARDED.index(split_of[item]))
        dropped.setdefault(sides[1], sides[0])
    within = tuple(m for m in known if split_of[m.first] == split_of[m.second])
    return LeakReport(compared, tuple(across), within, dropped, near)


def write_leak_report(
    report: LeakReport, split_of: Mapping[str, Split], root: Path, *, of: str = ""
) -> Path:
    """Write ``reports/leak.json`` and return where it is.

    Args:
        report: from `guard`.
        split_of: item → split.
        root: folder of the data set.
        of: hash of all recordings and their splits, to know the report again.
    """
    path = root / LEAKS
    facts = {**report.facts(split_of), "of": of}
    text = json.dumps(facts, indent=2, ensure_ascii=False, sort_keys=True)
    write_whole(path, f"{text}\n".encode())
    return path


def read_leak_report(root: Path) -> dict[str, Any] | None:
    """Return what ``reports/leak.json`` holds, or `None` where there is none."""
    try:
        found: dict[str, Any] = json.loads((root / LEAKS).read_bytes())
    except (OSError, ValueError):
        return None
    return found


def check_leaks(dropped: Mapping[str, str], used: Mapping[str, Split]) -> None:
    """Raise if a recording that had to go is still used, as a release must not.

    Args:
        dropped: recordings that go, with what they are the same as; from `guard`.
        used: item → split of the recordings that pairs are made of.

    Raises:
        DataError: names the first, and what it is the same as.
    """
    left = sorted(item for item in dropped if item in used)
    if left:
        raise DataError(
            f"{len(left)} recordings are in two splits under different names; the first, "
            f"'{left[0]}' ({used[left[0]]}), is the same as '{dropped[left[0]]}'. "
            "reports/leak.json lists all: drop them from the training side."
        )


def _kind(match: Match, split_of: Mapping[str, Split]) -> str:
    return "-".join(sorted({split_of[match.first], split_of[match.second]}))
