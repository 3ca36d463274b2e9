"""Where a recording sounds: trimmed ends, and events between gaps. Shapes: N samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

TRIM_DB, GAP_DB = 60.0, 45.0
MARGIN_S, GAP_S, SHORTEST_S = 0.005, 0.3, 0.05
LEAST_PEAK = 10 ** (-40 / 20)


def trimmed(samples: Signal, sample_rate_hz: int) -> tuple[int, int]:
    """Return (start, end) of what is within 60 dB of the peak, with margins of 5 ms."""
    return _around(np.flatnonzero(np.abs(samples) > _under(samples, TRIM_DB)), samples, MARGIN_S,
                   sample_rate_hz)  # fmt: skip


def events(samples: Signal, sample_rate_hz: int) -> list[tuple[int, int]]:
    """Return (start, end) of each event: parts between gaps of 300 ms under peak − 45 dB."""
    loud = np.flatnonzero(np.abs(samples) > _under(samples, GAP_DB))
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) >= GAP_S * sample_rate_hz) + 1
    return [_around(run, samples, MARGIN_S, sample_rate_hz) for run in np.split(loud, breaks)]


def is_usable(samples: Signal, sample_rate_hz: int) -> bool:
    """Tell whether an event is at least 50 ms long and reaches −40 dBFS."""
    long_enough = len(samples) >= SHORTEST_S * sample_rate_hz
    return long_enough and float(np.abs(samples).max(initial=0.0)) >= LEAST_PEAK


def _under(samples: Signal, decibels: float) -> float:
    return float(np.abs(samples).max(initial=0.0)) * 10 ** (-decibels / 20)


def _around(
    loud: NDArray[np.intp], samples: Signal, margin_s: float, sample_rate_hz: int
) -> tuple[int, int]:
    if not len(loud):
        return 0, 0
    margin = round(margin_s * sample_rate_hz)
    return max(0, int(loud[0]) - margin), min(len(samples), int(loud[-1]) + 1 + margin)
