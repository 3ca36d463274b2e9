"""Creatures: dog, bird, cricket. Shapes: N samples."""

from __future__ import annotations

import numpy as np

from ..signals import Signal, band, edges, harmonics, noise, seconds, tone

Rng = np.random.Generator
TURN = np.float32(2 * np.pi)


def dog_bark(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a bark: a voiced arch in pitch through two formants, with breath."""
    arch = np.sin(np.linspace(0, np.pi, n, dtype=np.float32))
    glide = np.float32(pitch_hz) * (np.float32(0.75) + np.float32(0.5) * arch)
    k = np.arange(1, 24, dtype=np.float32) * np.float32(pitch_hz)
    first, second = 750 + 300 * colour, 1700 + 500 * colour
    weights = np.exp(-(((k - first) / 350) ** 2)) + 0.6 * np.exp(-(((k - second) / 500) ** 2))
    voice = harmonics(glide, weights.astype(np.float32) + np.float32(0.05), n, rate)
    breath = noise(rng, n, rate, band(500, 2500))
    return (voice + np.float32(0.25) * breath) * arch**2 * edges(n, rate, 0.01, 0.04)


def bird_chirp(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a chirp: a pure high tone that sweeps up and down a few times."""
    t = np.linspace(0, 1, n, dtype=np.float32)
    swing = np.sin(TURN * np.float32(1.5 + 2 * round(colour * 2)) * t)
    glide = np.float32(pitch_hz) * (1 + np.float32(0.28) * swing)
    return tone(glide, n, rate) * np.sin(np.pi * t).astype(np.float32)


def cricket(n: int, pitch_hz: float, colour: float, rate: int, rng: Rng) -> Signal:
    """Return a cricket's call: a very high tone in quick pulses."""
    t = seconds(n, rate)
    pulses = np.maximum(0, np.sin(TURN * np.float32(28 + 16 * colour) * t)) ** 2
    return tone(pitch_hz, n, rate) * pulses * edges(n, rate, 0.02, 0.03)
