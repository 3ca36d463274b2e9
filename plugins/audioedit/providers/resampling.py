"""Play a sound faster or slower by any factor, exactly in tune. Shapes: N samples."""

from __future__ import annotations

import numpy as np

from ..sound.fft_sizes import quick_sizes
from .contract import Signal

SILENCE = 2048
"""Samples after the sound, so that the end does not ring on into the beginning."""
CLOSE = 2e-4
"""How far the factor may be from the one asked for, relatively: 0.0035 semitone."""


def resampled(samples: Signal, faster: float) -> Signal:
    """Return (N,) samples as they sound so many times as fast: N / faster of them, float32.

    By how much the factor is off, the length is too: what sounds keeps its place in the whole. The
    spectrum is cut, or gets zeros, at the upper end: what would be above half the rate is lost, and
    nothing is mirrored.

    Args:
        samples: (N,) float32.
        faster: above 0; 2 is an octave up, and half as long.
    """
    before, after = _sizes(len(samples) + SILENCE, faster)
    spectrum = np.fft.rfft(samples, before)[: after // 2 + 1]
    played = np.fft.irfft(spectrum, after) * (after / before)
    return played[: max(1, round(len(samples) * after / before))].astype(np.float32)


def _sizes(least: int, faster: float) -> tuple[int, int]:
    """Return sizes of two transforms, both quick, of which the first is `faster` times as large.

    The first is `least` at least. Of those close enough the smallest; else the closest.
    """
    quick = quick_sizes()
    firsts = quick[np.searchsorted(quick, least) :]
    firsts = firsts[firsts <= 1.2 * least + 1000]
    places = np.searchsorted(quick, firsts / faster).clip(1, len(quick) - 1)
    afters = np.where(
        firsts / faster - quick[places - 1] < quick[places] - firsts / faster,
        quick[places - 1],
        quick[places],
    )
    errors = np.abs(np.log(firsts / afters / faster))
    close = np.flatnonzero(errors <= CLOSE)
    best = int(close[0]) if len(close) else int(errors.argmin())
    return int(firsts[best]), int(afters[best])
