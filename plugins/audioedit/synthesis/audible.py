"""Whether an event can be heard in its scene: a crude look at masking. Shapes: N samples."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ..sound.guards import Signal
from ..stopwatch import timed

WINDOW_S = 0.25
LEAST_DBFS = -45.0
MOST_UNDER_DB = 12.0
BANDS = 24
_FFT, _HOP = 4096, 2048


@timed("audibility")
def is_audible(event: Signal, background: Signal, sample_rate_hz: int) -> bool:
    """Tell whether an event (N,) stands out of what goes on meanwhile (N,), where it is loudest.

    Its loudest 250 ms reach −45 dBFS, and in the band where they are strongest they are at most
    12 dB under the background of the same 250 ms: a knock is held against what sounds with it, not
    against the seconds of silence that its recording has around it.
    """
    start, level = loudest_window(event, sample_rate_hz)
    if level < LEAST_DBFS:
        return False
    window = slice(start, start + _window(event, sample_rate_hz))
    own = _band_powers(event[window], sample_rate_hz)
    other = _band_powers(background[window], sample_rate_hz)
    strongest = int(own.argmax())
    margin = 10 * np.log10((own[strongest] + 1e-20) / (other[strongest] + 1e-20))
    return bool(margin >= -MOST_UNDER_DB)


def loudest_window(samples: Signal, sample_rate_hz: int) -> tuple[int, float]:
    """Return where the loudest 250 ms of (N,) samples begin, and their level in dB of full scale.

    What is shorter is a window by itself.
    """
    window = _window(samples, sample_rate_hz)
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    energies = energy[window:] - energy[:-window]
    start = int(energies.argmax())
    return start, 10 * float(np.log10(max(float(energies[start]) / window, 1e-20)))


def _window(samples: Signal, sample_rate_hz: int) -> int:
    return min(len(samples), round(WINDOW_S * sample_rate_hz))


def _band_powers(samples: Signal, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the power (24,) of bands that are equally wide in ERB.

    Frames overlap by half and begin before the samples, so that none of them is left out.
    """
    frames = -(-len(samples) // _HOP) + 1
    padded = np.zeros((frames + 1) * _HOP, np.float32)
    padded[_HOP : _HOP + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
    tapered = windows * np.hanning(_FFT).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(tapered, axis=1))).sum(axis=0)
    return np.add.reduceat(power, _band_starts(sample_rate_hz)).astype(np.float64)


@lru_cache(maxsize=4)
def _band_starts(sample_rate_hz: int) -> NDArray[np.intp]:
    """Return the first bin of each band. Source: Glasberg and Moore 1990, the ERB scale."""
    low, high = 50.0, 0.45 * sample_rate_hz
    lowest, highest = (21.4 * np.log10(1 + 0.00437 * hz) for hz in (low, high))
    erbs = np.linspace(lowest, highest, BANDS + 1)
    edges = (10 ** (erbs / 21.4) - 1) / 0.00437
    return np.unique(np.round(edges[:-1] * _FFT / sample_rate_hz).astype(np.intp))
