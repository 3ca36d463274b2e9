"""Where a clip is silent, by pydub's rule, without pydub: the same spans by cumulative sums.

The paper's filter for voice activity is pydub's: an energy gate (spec section 3.3). Shapes: N
frames, C channels, W windows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BITS = 16
FULL_SCALE = 2 ** (BITS - 1)

Pcm = NDArray[np.int16]
Milliseconds = list[tuple[int, int]]


def to_pcm(samples: NDArray[np.floating]) -> Pcm:
    """Return samples within −1…1 as integers of 16 bits; what is louder is clipped."""
    return np.clip(np.rint(samples * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def active_ms(
    pcm: Pcm, sample_rate_hz: int, *, window_ms: int, threshold_dbfs: float, step_ms: int
) -> Milliseconds:
    """Return the rising (start, end) in milliseconds where a clip is not silent.

    A window is silent if its rms, rounded down, is at most the threshold; windows begin at every
    step and at the last place where one fits. Silent windows that touch, overlap, or begin a step
    apart are one silence; the rest is active. Of a clip that is shorter than the window pydub
    says that all is active; here its own rms decides, see spec risk 17.

    Args:
        pcm: (N,) or (N, C) integers of 16 bits.
        sample_rate_hz: frames per second.
        window_ms: shortest silence.
        threshold_dbfs: of the rms; a full-scale square wave has 0.
        step_ms: from one window to the next.
    """
    frames = pcm[:, None] if pcm.ndim == 1 else pcm
    length = round(1000 * (len(frames) / sample_rate_hz))
    window = min(window_ms, length)
    starts = _starts(length - window, step_ms)
    level = _rms(frames, starts, window, sample_rate_hz)
    silent = starts[level <= 10 ** (threshold_dbfs / 20) * FULL_SCALE]
    return _complement(_joined(silent, window, step_ms), length)


def _starts(last: int, step: int) -> NDArray[np.int64]:
    """Return where windows begin, in milliseconds; the last place that fits is always among."""
    regular = np.arange(0, last + 1, step)
    return regular if last % step == 0 else np.append(regular, last)


def _rms(frames: Pcm, starts_ms: NDArray[np.int64], window_ms: int, rate: int) -> NDArray[np.int64]:
    """Return the rms (W,) of windows over all channels, rounded down, from cumulative sums."""
    power = (frames.astype(np.int64) ** 2).sum(axis=1)
    sums = np.concatenate([[0], np.cumsum(power)])  # exact: 2^30 · C · N stays far below 2^63
    per_ms = rate / 1000.0
    begin = (starts_ms * per_ms).astype(np.int64)
    end = ((starts_ms + window_ms) * per_ms).astype(np.int64)  # may lie past the end: zeros there
    total = sums[np.minimum(end, len(power))] - sums[begin]
    values = np.maximum((end - begin) * frames.shape[1], 1)
    return np.floor(np.sqrt(total / values)).astype(np.int64)


def _joined(silent: NDArray[np.int64], window: int, step: int) -> Milliseconds:
    if not len(silent):
        return []
    gap = np.diff(silent)
    cut = np.flatnonzero((gap > window) & (gap != step))
    first = np.concatenate([[0], cut + 1])
    last = np.concatenate([cut, [len(silent) - 1]])
    return [(int(silent[a]), int(silent[b]) + window) for a, b in zip(first, last, strict=True)]


def _complement(silences: Milliseconds, length: int) -> Milliseconds:
    edges = [0, *(edge for silence in silences for edge in silence), length]
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [(start, end) for start, end in pairs if end > start]
