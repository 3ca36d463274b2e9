"""Plans of melodies: a walk on a scale that opens on tonic, third and fifth."""

from __future__ import annotations

import numpy as np

from .config import SoundworldOptions
from .instruments import INSTRUMENT_LABELS
from .plan import MelodyPlan, NotePlan, ScenePlan, generator, plan_background

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
TEMPI = {"slow": (66, 84), "medium": (104, 124), "fast": (152, 184)}


def tempo_word(bpm: int) -> str:
    """Return the word for a tempo; tempi between the words do not occur."""
    return next(word for word, (low, high) in TEMPI.items() if low <= bpm <= high)


def plan_melody(
    options: SoundworldOptions, key: tuple[int, ...], *, two_timbres: bool = False
) -> ScenePlan:
    """Return the plan of a melody over a background; one note on each beat.

    Args:
        options: rate, length and levels.
        key: of the random stream, see `plan_key`.
        two_timbres: whether the melody is to be played on a second instrument, too.
    """
    rng = generator(key)
    low, high = list(TEMPI.values())[int(rng.integers(len(TEMPI)))]
    bpm = int(rng.integers(low, high + 1))
    mode = ("major", "minor")[int(rng.integers(2))]
    tonic = int(rng.integers(57, 70))
    first, second = rng.choice(len(INSTRUMENT_LABELS), size=2, replace=False)
    melody = MelodyPlan(
        instrument=INSTRUMENT_LABELS[first],
        other_instrument=INSTRUMENT_LABELS[second] if two_timbres else None,
        bpm=bpm,
        mode=mode,
        tonic=tonic,
        notes=_notes(options, bpm, mode, tonic, rng),
        snr_db=float(rng.uniform(*options.snr_db)),
    )
    return ScenePlan(**plan_background(options, rng, key), events=(), melody=melody)


def _notes(
    options: SoundworldOptions, bpm: int, mode: str, tonic: int, rng: np.random.Generator
) -> tuple[NotePlan, ...]:
    beat = int(60 / bpm * options.sample_rate_hz)
    start = int(rng.integers(0, max(1, beat // 4)))
    count = max(1, (options.samples - start) // beat)
    degree, notes = 0, []
    for i in range(count):
        degree = (0, 2, 4)[i] if i < 3 else int(np.clip(degree + rng.integers(-2, 3), 0, 7))
        midi = tonic + SCALES[mode][degree % 7] + 12 * (degree // 7)
        length = min(int(0.92 * beat), options.samples - start - i * beat)
        notes.append(NotePlan(midi, start + i * beat, length))
    return tuple(notes)


def melody_of(plan: ScenePlan) -> MelodyPlan:
    """Return the melody of a plan that has one."""
    assert plan.melody is not None  # noqa: S101 - `plan_melody` makes no other plan
    return plan.melody
