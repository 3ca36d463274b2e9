"""Who speaks: what makes one voice unlike another when both say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Speaker:
    """A voice.

    Attributes:
        name: of the speaker, in rows and in truth.
        pitch_hz: of the middle of a sentence.
        tract: factor on all resonances; above 1 for a vocal tract that is shorter than usual.
        pace: how much faster than usual the speaker talks.
        breath: level of breath in voiced sounds, 0 for none.
        tilt_db: how much weaker the voice gets in each octave above 500 Hz.
    """

    name: str
    pitch_hz: float
    tract: float
    pace: float
    breath: float
    tilt_db: float


SPEAKERS: dict[str, Speaker] = {
    speaker.name: speaker
    for speaker in (
        Speaker("anna", 212.0, 1.10, 1.06, 0.05, 4.0),
        Speaker("boris", 86.0, 0.86, 0.88, 0.03, 5.0),
        Speaker("clara", 256.0, 1.17, 1.17, 0.08, 6.0),
        Speaker("david", 112.0, 0.95, 1.02, 0.02, 2.0),
        Speaker("emma", 184.0, 1.03, 0.92, 0.12, 7.0),
        Speaker("felix", 146.0, 0.90, 1.12, 0.02, 3.0),
        Speaker("greta", 164.0, 1.15, 0.98, 0.04, 2.0),
        Speaker("hugo", 98.0, 1.01, 1.20, 0.06, 4.0),
        Speaker("ida", 305.0, 1.24, 1.08, 0.03, 3.0),
        Speaker("jonas", 128.0, 1.07, 0.86, 0.15, 6.0),
    )
}
"""The speakers of both splits."""
SLOWEST, FASTEST = 0.86, 1.2
_FREE_LOW = np.array([np.log2(85.0), np.log2(0.86)])
_FREE_HIGH = np.array([np.log2(305.0), np.log2(1.24)])
_APART = np.array([0.1, 0.03])
"""A free speaker is at least that far, in octaves of pitch or of resonances, from every known."""


def draw_speaker(rng: np.random.Generator) -> Speaker:
    """Return one of `SPEAKERS`."""
    return list(SPEAKERS.values())[int(rng.integers(len(SPEAKERS)))]


def draw_unseen_speaker(rng: np.random.Generator) -> Speaker:
    """Return a speaker of the same ranges who is none of `SPEAKERS`; the name tells the voice."""
    known = np.log2([[s.pitch_hz, s.tract] for s in SPEAKERS.values()])
    while True:
        voice = rng.uniform(_FREE_LOW, _FREE_HIGH)
        if (np.abs(known - voice) > _APART).any(axis=1).all():
            break
    pitch_hz, tract = float(2 ** voice[0]), float(2 ** voice[1])
    return Speaker(
        name=f"unseen {pitch_hz:.1f} Hz x {tract:.3f}",
        pitch_hz=pitch_hz,
        tract=tract,
        pace=float(rng.uniform(SLOWEST, FASTEST)),
        breath=float(rng.uniform(0.02, 0.15)),
        tilt_db=float(rng.uniform(2.0, 7.0)),
    )
