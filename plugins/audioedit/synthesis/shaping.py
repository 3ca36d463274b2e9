"""What is done to the parts of a scene before they are put on the grid. Shapes: N samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..sound.fft_sizes import quick_size
from ..sound.guards import Signal
from ..sound.loudness import gain, most_true_peak, true_peak
from ..stopwatch import timed
from .unusable import Unusable

CEILING_DB = -1.0
LEAST_GAIN_DB = -12.0


def common_gain(background: Signal, stems: Sequence[Signal]) -> float:
    """Return the gain under which no track of a scene exceeds −1 dB of true peak.

    Tracks are the full mix, the mix without any one of its events, each event and the background:
    all that an edit of any of the events could use.

    Raises:
        Unusable: if it would be under −12 dB.
    """
    tracks = [sum(stems, background), background, *stems]
    if len(stems) > 1:
        for k in range(len(stems)):
            tracks.append(sum((s for j, s in enumerate(stems) if j != k), background))
    ceiling = gain(CEILING_DB)
    if max(most_true_peak(track) for track in tracks) <= ceiling:
        return 1.0
    peak = max(_peak(track) for track in tracks)
    common = min(1.0, ceiling / peak)
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
    size = quick_size(len(samples) + 4096)
    frequency = np.fft.rfftfreq(size, 1 / sample_rate_hz)
    first, end = np.searchsorted(frequency, [cutoff_hz * 15 / 16, cutoff_hz * 17 / 16])
    slope = (cutoff_hz - frequency[first:end]) / (cutoff_hz / 8) + 0.5
    spectrum = np.fft.rfft(samples, size)
    spectrum[first:end] *= (0.5 - 0.5 * np.cos(np.pi * slope)).astype(np.float32)
    spectrum[end:] = 0
    return np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
