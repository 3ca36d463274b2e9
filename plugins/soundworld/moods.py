"""Moods: one word for what mode and tempo make together."""

from __future__ import annotations

from .melody import tempo_word
from .plan import MelodyPlan

MOODS: dict[tuple[str, str], str] = {
    ("major", "fast"): "happy",
    ("major", "slow"): "calm",
    ("minor", "slow"): "sad",
    ("minor", "fast"): "tense",
}
"""(mode, word for the tempo) → mood; a medium tempo has none."""
MOOD_LABELS: tuple[str, ...] = tuple(MOODS.values())


def mood_of(melody: MelodyPlan) -> str | None:
    """Return the mood of a melody, or `None` where its tempo is neither slow nor fast."""
    return MOODS.get((melody.mode, tempo_word(melody.bpm)))
