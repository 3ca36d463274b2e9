"""The few signals that every sound is made of. Shapes: N samples."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]


def seconds(n: int, rate: int) -> Signal:
    """Return the time of each sample, (N,) seconds."""
    return np.arange(n, dtype=np.float32) / np.float32(rate)


def _cycles(frequency_hz: float | Signal, n: int, rate: int) -> NDArray[np.float64]:
    """Return the phase (N,) in cycles, within 0…1."""
    if isinstance(frequency_hz, np.ndarray):
        cycles = np.cumsum(frequency_hz, dtype=np.float64) / rate
    else:
        cycles = np.arange(n, dtype=np.float64) * (frequency_hz / rate)
    cycles -= np.floor(cycles)
    return cycles


def tone(frequency_hz: float | Signal, n: int, rate: int) -> Signal:
    """Return a sine (N,) of a fixed frequency or one that follows an array (N,)."""
    turns = _cycles(frequency_hz, n, rate).astype(np.float32)
    return np.sin(turns * np.float32(2 * np.pi))


def harmonics(frequency_hz: float | Signal, weights: Signal, n: int, rate: int) -> Signal:
    """Return a periodic tone (N,) with harmonics 1, 2, … of the given weights, free of aliases.

    One cycle is tabulated and read with linear interpolation.
    """
    usable = weights[: max(1, int(0.47 * rate / float(np.max(frequency_hz))))]
    size = 2048
    spectrum = np.zeros(size // 2 + 1, np.complex64)
    spectrum[1 : usable.size + 1] = usable * (-0.5j * size)
    cycle = np.fft.irfft(spectrum, size).astype(np.float32)
    cycle = np.append(cycle, cycle[:2])
    position = _cycles(frequency_hz, n, rate) * size
    whole = position.astype(np.int32)
    low = cycle[whole]
    return low + (position - whole).astype(np.float32) * (cycle[whole + 1] - low)


def noise(rng: np.random.Generator, n: int, rate: int, shape: Callable[[Signal], Signal]) -> Signal:
    """Return noise (N,) of unit power, whose spectrum follows ``shape(frequency in Hz)``."""
    size = _fft_size(n)
    frequency = np.fft.rfftfreq(size, 1 / rate).astype(np.float32)
    drawn = rng.standard_normal(2 * frequency.size, dtype=np.float32).view(np.complex64)
    drawn *= shape(frequency)
    drawn[0] = 0
    made = np.fft.irfft(drawn, size)[:n].astype(np.float32)
    return made / np.float32(np.sqrt(np.mean(np.square(made))) + 1e-12)


def band(low_hz: float, high_hz: float) -> Callable[[Signal], Signal]:
    """Return the spectrum of a band with soft edges, for `noise`."""

    def shape(f: Signal) -> Signal:
        rise = (f / low_hz) ** 2
        return (rise / (1 + rise) / (1 + (f / high_hz) ** 4)).astype(np.float32)

    return shape


def decay(n: int, rate: int, time_s: float) -> Signal:
    """Return an exponential decay (N,) with a time constant; the last 5 ms fall to zero."""
    return np.exp(seconds(n, rate) * np.float32(-1 / time_s)) * edges(n, rate, 0.001, 0.005)


def edges(n: int, rate: int, attack_s: float, release_s: float) -> Signal:
    """Return a plateau (N,) that rises from and falls to zero without a click."""
    envelope = np.ones(n, np.float32)
    up = max(1, min(n // 2, round(attack_s * rate)))
    down = max(1, min(n // 2, round(release_s * rate)))
    envelope[:up] = np.arange(up, dtype=np.float32) / up
    envelope[n - down :] *= np.arange(down - 1, -1, -1, dtype=np.float32) / down
    return envelope


@lru_cache(maxsize=256)
def _fft_size(n: int) -> int:
    """Return the next even size that only 2, 3 and 5 divide: fast for the transform."""
    size = n + n % 2
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 2
