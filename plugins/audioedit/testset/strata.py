"""Strata of pairs: the family of the sound, and how loud it is beside the rest (spec 5.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..records import EditRecord

LEVELS = ("faint", "middle", "loud")
"""Terciles of the gap, the smallest first."""

Stratum = tuple[str, str]
"""Family and level."""


def level_gap_lu(record: EditRecord) -> float:
    """Return how much louder the edited sound is than the rest of its scene, in LU.

    As the activity filter measured it of a real pair's parts, so that all edits of an item stand
    in one place; else from the plan of the scene.
    """
    measured = record.scores.get("activity", {}).get("over_residual_lu")
    if measured is not None:
        return float(measured)
    return float(record.scene["events"][record.scene["edited"]]["snr_db"])


def strata_of(records: Sequence[EditRecord]) -> dict[str, Stratum]:
    """Return id → stratum of the pairs of one edit; each level holds a third of them.

    Equal gaps are ordered by id, so that the result does not depend on the order of the records.
    """
    ordered = sorted(records, key=lambda record: (level_gap_lu(record), record.id))
    return {
        record.id: (family_of(record), LEVELS[3 * place // len(ordered)])
        for place, record in enumerate(ordered)
    }


def family_of(record: EditRecord) -> str:
    """Return what kind of thing sounds."""
    return str(record.scene.get("family") or "other")


def shares(available: Mapping[Stratum, int], wanted: int) -> dict[Stratum, int]:
    """Return how many to take of each stratum: as equally many as there are.

    A stratum gives no more than it has, and what it lacks the others give. Two that have enough
    differ by one at most; who gives the one more is decided by their names.
    """
    taken = dict.fromkeys(sorted(available), 0)
    left = min(wanted, sum(available.values()))
    while left:
        able = [s for s in taken if taken[s] < available[s]]
        each = max(1, min(left // len(able), *(available[s] - taken[s] for s in able)))
        for stratum in able[: left if left < len(able) else len(able)]:
            taken[stratum] += each
            left -= each
    return taken
