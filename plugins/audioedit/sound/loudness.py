"""Loudness and peaks as broadcasting defines them. Shapes: N samples, one channel."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..stopwatch import timed

Signal = NDArray[np.float32]

FLOOR_LUFS = -70.0
"""What is quieter has no loudness (the absolute gate of BS.1770)."""
OFFSET_LUFS, RELATIVE_GATE_LU = -0.691, 10.0
SHORTEST_S, REPEATED_S = 0.4, 0.5
_TAPS, _PHASES = 12, 4


def lufs(samples: Signal, sample_rate_hz: int) -> float | None:
    """Return the integrated loudness of (N,) samples; `None` where it is under −70 LUFS.

    What is shorter than a block of 0.4 s is repeated to 0.5 s.

    Source: ITU-R BS.1770-4.
    """
    if len(samples) == 0:
        return None
    if len(samples) < SHORTEST_S * sample_rate_hz:
        samples = np.resize(samples, round(REPEATED_S * sample_rate_hz))
    return gated_loudness(k_weighted(samples, sample_rate_hz), sample_rate_hz)


@timed("weighing for LUFS")
def k_weighted(samples: Signal, sample_rate_hz: int) -> Signal:
    """Return (N,) samples as loudness weighs them. Linear: of a sum it is the sum.

    Source: ITU-R BS.1770-4, annex 1; the filters are those of pyloudnorm.
    """
    weighted: NDArray[np.float64] = samples.astype(np.float64)
    for stage in _filters(sample_rate_hz):
        weighted = stage.apply_filter(weighted)
    return weighted.astype(np.float32)


def gated_loudness(weighted: Signal, sample_rate_hz: int) -> float | None:
    """Return the loudness of (N,) weighted samples, N of a block of 0.4 s at least.

    Source: ITU-R BS.1770-4, annex 1, equations 2 to 7.
    """
    return loudness_of(block_powers(weighted, sample_rate_hz))


@timed("gating for LUFS")
def block_powers(weighted: Signal, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the mean squares of the blocks of 0.4 s of (N,) weighted samples, one each 0.1 s.

    Samples after the last whole block do not count.

    Raises:
        ValueError: if there is no whole block.
    """
    block, step = round(0.4 * sample_rate_hz), round(0.1 * sample_rate_hz)
    if len(weighted) < block:
        raise ValueError(f"{len(weighted)} samples are less than a block of {block}")
    squares = np.square(weighted, dtype=np.float64)
    count = (len(weighted) - block) // step + 1
    over = block - 4 * step  # by rounding, at few rates
    steps = squares[: (count + 3) * step].reshape(count + 3, step).sum(axis=1)
    energy = steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]
    if over:
        ends = step * np.arange(4, count + 4)[:, None]
        if over > 0:
            energy += squares[ends + np.arange(over)].sum(axis=1)
        else:
            energy -= squares[ends - np.arange(1, 1 - over)].sum(axis=1)
    return np.asarray(energy / block)


def loudness_of(power: NDArray[np.float64]) -> float | None:
    """Return the loudness of blocks with these mean squares; `None` where none is loud enough.

    Blocks under −70 LUFS, and then those more than 10 LU under the mean of the others, do not
    count. A gain of the samples is its square here.
    """
    loud = power[power > _power(FLOOR_LUFS)]
    if not len(loud):
        return None
    relative = float(loud.mean()) * 10 ** (-RELATIVE_GATE_LU / 10)
    kept = float(loud[loud > relative].mean())
    return float(OFFSET_LUFS + 10 * np.log10(kept))


def _power(loudness: float) -> float:
    return float(10 ** ((loudness - OFFSET_LUFS) / 10))


@lru_cache(maxsize=4)
def _filters(sample_rate_hz: int) -> tuple[Any, Any]:
    import pyloudnorm

    shelf = pyloudnorm.IIRfilter(4.0, 1 / np.sqrt(2), 1500.0, sample_rate_hz, "high_shelf")
    high_pass = pyloudnorm.IIRfilter(0.0, 0.5, 38.0, sample_rate_hz, "high_pass")
    return shelf, high_pass


@timed("true peaks")
def true_peak(samples: Signal) -> float:
    """Return the largest magnitude of (N,) samples, oversampled by four.

    Only places are interpolated where a sample nearby is loud enough for the result to exceed the
    largest sample, which changes nothing.

    Source: ITU-R BS.1770-4, annex 2, with a Kaiser-windowed sinc of 12 taps a phase.
    """
    magnitude = np.abs(samples)
    peak = float(magnitude.max(initial=0.0))
    if peak == 0.0:
        return 0.0
    kernels = _kernels()
    loud = np.flatnonzero(magnitude >= peak / _reach())
    padded = np.pad(samples, _TAPS)
    near = np.zeros(len(samples) + 2 * _TAPS, bool)
    for offset in range(_TAPS):
        near[loud + offset + 1] = True
    places = np.flatnonzero(near[: len(samples) + _TAPS])
    best = peak
    for block in np.array_split(places, max(1, len(places) // 65536)):
        windows = padded[block[:, None] + np.arange(_TAPS)]
        best = max(best, float(np.abs(windows @ kernels).max(initial=0.0)))
    return best


def most_true_peak(samples: Signal) -> float:
    """Return a bound of the true peak of samples that is quick to tell: no track exceeds it."""
    return _reach() * max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))


@lru_cache(maxsize=1)
def _reach() -> float:
    """Return how many times the largest sample an interpolated one can be."""
    return max(1.0, float(np.abs(_kernels()).sum(axis=0).max()))


@lru_cache(maxsize=1)
def _kernels() -> Signal:
    """Return (taps, 3): the interpolators for a quarter, a half and three quarters of a sample."""
    positions = np.arange(_TAPS)[:, None] - (_TAPS // 2 - 1)
    shifts = np.arange(1, _PHASES)[None] / _PHASES
    x = positions - shifts
    half = _TAPS / 2
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (x / half) ** 2, 0, None))) / np.i0(8.0)
    kernels = np.sinc(x) * window
    return (kernels / kernels.sum(axis=0)).astype(np.float32)


def to_db(amplitude: float) -> float | None:
    """Return an amplitude in dB of full scale; `None` for silence."""
    return float(20 * np.log10(amplitude)) if amplitude > 0 else None


def gain(decibels: float) -> float:
    """Return the factor of a gain in dB."""
    return float(10 ** (decibels / 20))
