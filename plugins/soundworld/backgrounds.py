"""What goes on behind the events, all through the clip. Shapes: N samples."""

from __future__ import annotations

import numpy as np

from .signals import Signal, band, harmonics, noise, seconds

TURN = np.float32(2 * np.pi)
BANDS = {
    "wind": (80.0, 500.0),
    "rain": (1500.0, 7000.0),
    "hum": (100.0, 6000.0),
    "street": (30.0, 180.0),
    "quiet room": (40.0, 3000.0),
    "waves": (200.0, 2500.0),
}
SWELL = {"wind": (0.5, 0.6), "waves": (0.35, 0.9), "street": (0.8, 0.3)}
"""Label → (swells a second, depth)."""


def background(label: str, n: int, rate: int, colour: float, key: tuple[int, ...]) -> Signal:
    """Return a background (N,) of unit power."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(key))))
    low, high = BANDS[label]
    bed = noise(rng, n, rate, band(low * (0.8 + 0.4 * colour), high * (0.8 + 0.4 * colour)))
    if label == "hum":
        weights = np.array([0.4, 1, 0.2, 0.5, 0.1, 0.3], np.float32)
        bed = np.float32(0.1) * bed + harmonics(50.0 + 10 * round(colour), weights, n, rate)
    if label in SWELL:
        per_second, depth = SWELL[label]
        wave = np.sin(TURN * (np.float32(per_second) * seconds(n, rate) + np.float32(colour)))
        bed = bed * (1 + np.float32(depth) * wave)
    return bed / np.float32(np.sqrt(np.mean(np.square(bed))))
