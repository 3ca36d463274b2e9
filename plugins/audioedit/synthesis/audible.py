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
_FFT = 4096


def loudest_window_dbfs(samples: Signal, sample_rate_hz: int) -> float:
    """Return the level of the loudest 250 ms of (N,) samples, in dB of full scale."""
    window = min(len(samples), round(WINDOW_S * sample_rate_hz))
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    loudest = float((energy[window:] - energy[:-window]).max()) / window
    return 10 * np.log10(max(loudest, 1e-20))


@timed("audibility")
def is_audible(event: Signal, background: Signal, sample_rate_hz: int) -> bool:
    """Tell whether an event (N,) stands out of what goes on meanwhile (N,).

    Its loudest 250 ms reach −45 dBFS, and in the band where it is strongest it is at most 12 dB
    under the background.
    """
    if loudest_window_dbfs(event, sample_rate_hz) < LEAST_DBFS:
        return False
    own = _band_powers(event, sample_rate_hz)
    other = _band_powers(background, sample_rate_hz)
    strongest = int(own.argmax())
    margin = 10 * np.log10((own[strongest] + 1e-20) / (other[strongest] + 1e-20))
    return bool(margin >= -MOST_UNDER_DB)


def _band_powers(samples: Signal, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the power (24,) of bands that are equally wide in ERB."""
    if len(samples) < _FFT:
        samples = np.pad(samples, (0, _FFT - len(samples)))
    frames = len(samples) // _FFT
    windowed = samples[: frames * _FFT].reshape(frames, _FFT) * np.hanning(_FFT).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(windowed, axis=1))).sum(axis=0)
    return np.add.reduceat(power, _band_starts(sample_rate_hz)).astype(np.float64)


@lru_cache(maxsize=4)
def _band_starts(sample_rate_hz: int) -> NDArray[np.intp]:
    """Return the first bin of each band. Source: Glasberg and Moore 1990, the ERB scale."""
    low, high = 50.0, 0.45 * sample_rate_hz
    lowest, highest = (21.4 * np.log10(1 + 0.00437 * hz) for hz in (low, high))
    erbs = np.linspace(lowest, highest, BANDS + 1)
    edges = (10 ** (erbs / 21.4) - 1) / 0.00437
    return np.unique(np.round(edges[:-1] * _FFT / sample_rate_hz).astype(np.intp))
