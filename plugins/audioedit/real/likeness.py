"""What an edit has to share with the sound it replaces: onsets, pitch, place, brightness, level.

Shapes: N samples, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..providers.contract import Signal
from ..sound.loudness import lufs

Frames = NDArray[np.float64]

HOP_S = 0.01
SMOOTHED_S = 0.04
"""The envelope changes 25 times a second; it is sampled more often, to see lags under a frame."""
MOST_LAG_S = 0.06
SPILL_MARGIN_S = 0.15
ROLL_OFF = 0.99
CLEAR = 0.6
"""Autocorrelation at the pitch from which a frame counts as tonal."""
LOWEST_HZ, HIGHEST_HZ = 60.0, 2000.0
TONAL_SHARE = 0.3


def onset_match(sound: Signal, edit: Signal, sample_rate_hz: int) -> tuple[float, float]:
    """Return the correlation of two onset envelopes at its best lag, and that lag in seconds."""
    one, other = (_onsets(s, sample_rate_hz) for s in (sound, edit))
    most = round(MOST_LAG_S / HOP_S)
    found = []
    for lag in range(-most, most + 1):
        a = one[max(0, -lag) : len(one) - max(0, lag)]
        b = other[max(0, lag) : len(other) - max(0, -lag)]
        found.append((_correlation(a, b), -abs(lag)))
    correlation, negative_lag = max(found)
    return correlation, -negative_lag * HOP_S


def _onsets(samples: Signal, sample_rate_hz: int) -> Frames:
    """Return how much louder each 10 ms is than what went before, in dB, never negative."""
    hop = round(HOP_S * sample_rate_hz)
    count = len(samples) // hop
    power = np.square(samples[: count * hop], dtype=np.float64).reshape(count, hop).mean(axis=1)
    width = round(SMOOTHED_S / HOP_S)
    smooth = np.convolve(power, np.ones(width) / width, mode="same")
    level = 10 * np.log10(np.maximum(smooth, max(float(smooth.max()), 1e-12) * 1e-5))
    return np.maximum(np.diff(level, prepend=level[:1]), 0.0)


def _correlation(a: Frames, b: Frames) -> float:
    """Return the correlation of two series; 0 where one is constant, and 1 where both are."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    if scale > 1e-9:
        return float(a @ b) / scale
    return 1.0 if float(a @ a + b @ b) < 1e-9 else 0.0


def pitch_change(sound: Signal, edit: Signal, sample_rate_hz: int) -> float | None:
    """Return the median change of pitch in semitones, modulo octaves; `None` if not tonal."""
    one, other = pitches(sound, sample_rate_hz), pitches(edit, sample_rate_hz)
    audible = np.isfinite(one[:, 1])
    tonal = audible & (one[:, 1] >= CLEAR)
    if not audible.any() or tonal.sum() < TONAL_SHARE * audible.sum():
        return None
    both = tonal & np.isfinite(other[:, 1]) & (other[:, 1] >= CLEAR)
    if not both.any():
        return 6.0  # nothing tonal is left: as far as pitches can be apart
    change = np.abs(12 * np.log2(other[both, 0] / one[both, 0])) % 12
    return float(np.median(np.minimum(change, 12 - change)))


def pitches(samples: Signal, sample_rate_hz: int) -> Frames:
    """Return (T, 2): pitch in Hz and how clear it is, every 40 ms; NaN where it is quiet.

    Source: the normalised autocorrelation of de Cheveigné and Kawahara 2002, without refinements.
    """
    size, hop = round(0.064 * sample_rate_hz), round(0.04 * sample_rate_hz)
    if len(samples) < size:
        return np.full((1, 2), np.nan)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), size)[::hop]
    power = np.square(frames).mean(axis=1)
    found = np.full((len(frames), 2), np.nan)
    loud = power > max(float(power.max()) * 1e-4, 1e-10)
    for k in np.flatnonzero(loud):
        found[k] = _pitch(frames[k] - frames[k].mean(), sample_rate_hz)
    return found


def _pitch(frame: Frames, sample_rate_hz: int) -> tuple[float, float]:
    size = len(frame)
    spectrum = np.fft.rfft(frame, 2 * size)
    shared = np.fft.irfft(spectrum * spectrum.conj())[:size]
    energy = np.cumsum(frame**2)
    lags = np.arange(size)
    head = energy[size - 1 - lags]
    tail = energy[-1] - np.concatenate([[0.0], energy[: size - 1]])
    clear = 2 * shared / np.maximum(head + tail, 1e-12)
    first, last = int(sample_rate_hz / HIGHEST_HZ), int(sample_rate_hz / LOWEST_HZ)
    window = clear[first : min(last, size - 2)]
    peaks = np.flatnonzero((window[1:-1] > window[:-2]) & (window[1:-1] >= window[2:])) + 1
    if not len(peaks):
        return LOWEST_HZ, 0.0
    best = float(window[peaks].max())
    lag = int(peaks[window[peaks] >= 0.9 * best][0])  # the shortest of periods that are as clear
    before, here, after = window[lag - 1 : lag + 2]
    bent = before - 2 * here + after
    offset = 0.5 * (before - after) / bent if bent else 0.0
    return sample_rate_hz / (first + lag + offset), best


def spill_db(edit: Signal, spans: Sequence[Sequence[float]], sample_rate_hz: int) -> float:
    """Return the level outside of spans (and 150 ms after and before) re inside; −100 at least."""
    inside, near = np.zeros(len(edit), bool), np.zeros(len(edit), bool)
    for start, end in spans:
        inside[round(start * sample_rate_hz) : round(end * sample_rate_hz)] = True
        first = max(0, round((start - SPILL_MARGIN_S) * sample_rate_hz))
        near[first : round((end + SPILL_MARGIN_S) * sample_rate_hz)] = True
    power = np.square(edit, dtype=np.float64)
    if near.all() or not inside.any():
        return -100.0
    within = float(power[inside].mean())
    return max(10 * float(np.log10(max(float(power[~near].mean()), 1e-20) / max(within, 1e-20))),
               -100.0)  # fmt: skip


def bandwidth_loss(sound: Signal, edit: Signal, sample_rate_hz: int) -> float:
    """Return by how much the 99 % roll-off frequency falls, as a share; negative if it rises."""
    before, after = (_roll_off(s, sample_rate_hz) for s in (sound, edit))
    return 1 - after / before if before > 0 else 0.0


def _roll_off(samples: Signal, sample_rate_hz: int) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    total = np.cumsum(power)
    if total[-1] <= 0:
        return 0.0
    return int(np.searchsorted(total, ROLL_OFF * total[-1])) * sample_rate_hz / len(samples)


def level_change_lu(sound: Signal, edit: Signal, sample_rate_hz: int) -> float:
    """Return how much louder the edit is; −100 or 100 where one of the two has no loudness."""
    levels: list[Any] = [lufs(s, sample_rate_hz) for s in (sound, edit)]
    if None in levels:
        return 0.0 if levels[0] == levels[1] else (100.0 if levels[0] is None else -100.0)
    return float(levels[1] - levels[0])
