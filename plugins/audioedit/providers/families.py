"""Which families of sounds may take each other's place (spec 3.6)."""

from __future__ import annotations

from typing import get_args

from .contract import Family

_MAY: dict[Family, frozenset[Family]] = {
    "impact": frozenset({"impact"}),
    "voice": frozenset({"voice", "animal"}),
    "animal": frozenset({"animal", "voice"}),
    "music": frozenset({"music"}),
    "human_other": frozenset({"human_other", "animal", "impact"}),
    "vehicle": frozenset({"vehicle", "tool"}),
    "tool": frozenset({"tool", "vehicle", "electronic"}),
    "nature": frozenset({"nature"}),
    "alarm": frozenset({"alarm", "electronic", "animal"}),
    "electronic": frozenset({"electronic", "alarm", "tool"}),
    "other": frozenset(get_args(Family)),
}


def may_replace(old: Family, new: Family) -> bool:
    """Tell whether a sound of one family may take the place of one of another.

    Impacts give impacts, music gives music, a voice gives a voice or an animal.
    """
    return new in _MAY[old] or new == "other"
