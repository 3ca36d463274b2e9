"""Timbres: what makes one instrument sound unlike another at the same pitch and envelope."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .plan import MelodyPlan
from .signals import Signal, edges, harmonics, seconds

TURN = np.float32(2 * np.pi)


@dataclass(frozen=True)
class Instrument:
    """An instrument.

    Attributes:
        weights: amplitudes of harmonics 1, 2, …
        attack_s: time to full level.
        decay_s: time constant after it; `None` for a held tone.
        vibrato: relative depth of a 5.5 Hz vibrato.
        tremolo: depth of a 6 Hz tremolo.
    """

    weights: tuple[float, ...]
    attack_s: float
    decay_s: float | None
    vibrato: float = 0.0
    tremolo: float = 0.0


INSTRUMENTS: dict[str, Instrument] = {
    "piano": Instrument((1, 0.6, 0.4, 0.25, 0.15, 0.1, 0.06), 0.004, 0.35),
    "organ": Instrument((1, 0.8, 0.1, 0.7, 0.05, 0.1, 0.05, 0.6), 0.02, None),
    "flute": Instrument((1, 0.12, 0.04), 0.05, None, 0.006, 0.2),
    "violin": Instrument(tuple(1 / k for k in range(1, 17)), 0.07, None, 0.012),
    "clarinet": Instrument((1, 0.02, 0.7, 0.02, 0.5, 0.02, 0.35, 0.02, 0.2), 0.03, None),
    "trumpet": Instrument((0.5, 0.8, 1, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2, 0.15), 0.025, None, 0.004),
    "marimba": Instrument((1, 0, 0, 0.5, 0, 0, 0, 0, 0, 0.15), 0.002, 0.12),
}
INSTRUMENT_LABELS: tuple[str, ...] = tuple(INSTRUMENTS)


def melody_stem(melody: MelodyPlan, instrument: str, samples: int, rate: int) -> Signal:
    """Return a melody (N,) in the timbre of ``instrument``.

    Envelope, vibrato and tremolo are always those of ``melody.instrument``, so that two timbres of
    one melody share onsets, pitch and envelope, sample by sample.
    """
    timbre, shape = INSTRUMENTS[instrument], INSTRUMENTS[melody.instrument]
    weights = np.array(timbre.weights, np.float32)
    weights /= np.float32(np.sqrt(np.sum(weights**2)))
    out = np.zeros(samples, np.float32)
    for note in melody.notes:
        t = seconds(note.length, rate)
        pitch: float | Signal = 440.0 * 2 ** ((note.midi - 69) / 12)
        if shape.vibrato:
            wave = np.sin(TURN * np.float32(5.5) * t)
            pitch = (np.float32(pitch) * (1 + np.float32(shape.vibrato) * wave)).astype(np.float32)
        sound = harmonics(pitch, weights, note.length, rate)
        if shape.tremolo:
            sound *= 1 + np.float32(shape.tremolo) * np.sin(TURN * np.float32(6) * t)
        if shape.decay_s is not None:
            sound *= np.exp(t * np.float32(-1 / shape.decay_s))
        sound *= edges(note.length, rate, shape.attack_s, 0.03)
        out[note.onset : note.onset + note.length] += sound
    return out
