"""The filters of the voice, one for each frame: the mouth, and the bands of noise.

They are magnitudes: the filters have zero phase. Shapes: F frames, K frequencies.
"""

from __future__ import annotations

import numpy as np

from ..signals import Signal
from .curves import Curves
from .speakers import Speaker

BANDWIDTHS_HZ = (70.0, 100.0, 150.0)
FLOOR = 0.004
"""What passes far from all resonances."""
LEVEL_AT_HZ = 500.0


def mouth_filter(curves: Curves, speaker: Speaker, frequencies: Signal) -> Signal:
    """Return three resonances (F, K) under the speaker's tilt."""
    total = np.full((len(curves.formants), frequencies.size), FLOOR, np.float32)
    for i, width in enumerate(BANDWIDTHS_HZ):
        away = (frequencies - curves.formants[:, i, None]) * np.float32(1 / width)
        total += curves.weights[:, i, None] / (1 + away * away)
    octaves = np.log2(np.maximum(frequencies, LEVEL_AT_HZ) / LEVEL_AT_HZ)
    return total * (10 ** (-speaker.tilt_db / 20 * octaves)).astype(np.float32)


def noise_filter(curves: Curves, frequencies: Signal) -> Signal:
    """Return the bands (F, K) of fricatives and bursts; white noise keeps its power."""
    low, high = curves.bands[:, :1], curves.bands[:, 1:]
    rise, fall = (frequencies / low) ** 4, (frequencies / high) ** 8
    return for_noise((rise / ((1 + rise) * (1 + fall))).astype(np.float32))


def mixed(first: Signal, second: Signal, first_level: Signal, second_level: Signal) -> Signal:
    """Return one filter (F, K) for noise that passes two, at levels (F,) of each."""
    powers = np.stack([first_level, second_level]) ** 2
    shares = (powers / (powers.sum(axis=0) + np.float32(1e-12)))[:, :, None]
    return np.sqrt(shares[0] * first**2 + shares[1] * second**2)


def for_noise(magnitudes: Signal) -> Signal:
    """Scale a filter so that white noise keeps its power."""
    return magnitudes / np.sqrt(np.mean(magnitudes**2, axis=1, keepdims=True))


def for_pulses(magnitudes: Signal, pitch_hz: Signal, frequencies: Signal) -> Signal:
    """Scale a filter so that equal harmonics of a pitch (F,) come out with unit power."""
    power = np.sum(magnitudes**2, axis=1) * frequencies[1] / (2 * pitch_hz)
    return magnitudes / np.sqrt(power)[:, None].astype(np.float32)
