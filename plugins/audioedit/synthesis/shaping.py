"""What is done to the parts of a scene before they are put on the grid. Shapes: N samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..sound.guards import Signal
from ..sound.loudness import gain, true_peak
from ..stopwatch import timed
from .unusable import Unusable

CEILING_DB = -1.0
LEAST_GAIN_DB = -12.0


def common_gain(background: Signal, stems: Sequence[Signal], edited: int) -> float:
    """Return the gain under which no track that a pair may use exceeds −1 dB of true peak.

    Raises:
        Unusable: if it would be under −12 dB.
    """
    without = background + sum((s for k, s in enumerate(stems) if k != edited), np.float32(0))
    tracks = [without + stems[edited], without, background, *stems]
    peak = max(_peak(track) for track in tracks)
    common = min(1.0, gain(CEILING_DB) / peak) if peak > 0 else 1.0
    if common < gain(LEAST_GAIN_DB):
        raise Unusable("too_hot", f"the true peak is {20 * np.log10(peak):.1f} dBFS")
    return common


def _peak(track: Signal) -> float:
    channels = track.T if track.ndim == 2 else track[None]
    return max(true_peak(np.ascontiguousarray(channel)) for channel in channels)


def placed(stem: Signal, onset: int, total: int) -> Signal:
    """Return a sound in a scene of ``total`` samples, silent elsewhere."""
    placed = np.zeros((total, *stem.shape[1:]), np.float32)
    placed[onset : onset + len(stem)] = stem
    return placed


def spread(mono: Signal, pan: float, stereo: bool) -> Signal:
    """Return (N,), or (N, 2) in stereo: constant power, ``pan`` −1 is left."""
    if not stereo:
        return mono
    angle = (pan + 1) * np.pi / 4
    sides = np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(np.sqrt(2))
    return mono[:, None] * sides


@timed("low-pass")
def low_passed(samples: Signal, cutoff_hz: float | None, sample_rate_hz: int) -> Signal:
    """Return samples with nothing above a frequency, by a slope of an eighth of it."""
    if cutoff_hz is None or cutoff_hz >= sample_rate_hz / 2:
        return samples
    size = 1 << (len(samples) + 4096 - 1).bit_length()
    frequency = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    slope = np.clip((cutoff_hz - frequency) / (cutoff_hz / 8) + 0.5, 0, 1)
    spectrum = np.fft.rfft(samples, size) * (0.5 - 0.5 * np.cos(np.pi * slope))
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
