"""What a recording has to pass before anything is made of it. Shapes: C channels, N samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]

SILENT_PEAK = 10 ** (-60 / 20)
CLIPPED_SHARE = 0.01
FULL_SCALE = 1.0 - 2.0**-14
MOST_DC = 0.05
ANTIPHASE_DB = 12.0

REASONS = {
    "undecodable": "the file cannot be decoded",
    "not_finite": "a sample is NaN or infinite",
    "silent": "nothing above −60 dBFS",
    "clipped": "more than 1 % of a channel's samples at full scale",
    "dc_offset": "a mean beyond ±0.05",
    "narrow_band": "99.5 % of the energy under 4 kHz, however it is sampled",
}
"""Code of a rejection → what it means."""


@dataclass(frozen=True)
class Mono:
    """One channel of a recording.

    Attributes:
        samples: (N,) float32.
        note: what was done to many channels; empty for one.
    """

    samples: Signal
    note: str = ""


def to_mono(samples: Signal) -> Mono:
    """Return one channel of (C, N): the mean, or the louder one where channels cancel.

    The mean of a file in opposite phase is silence, and what rounding leaves of it would later be
    made as loud as a sound.
    """
    channels = int(samples.shape[0])
    if channels == 1:
        return Mono(samples[0].astype(np.float32))
    middle = samples.mean(axis=0, dtype=np.float64)
    levels = np.sqrt(np.mean(np.square(samples, dtype=np.float64), axis=1))
    loudest = int(levels.argmax())
    level = float(np.sqrt(np.mean(np.square(middle))))
    if level < float(levels[loudest]) * 10 ** (-ANTIPHASE_DB / 20):
        return Mono(samples[loudest].astype(np.float32), f"antiphase: channel {loudest + 1} taken")
    return Mono(middle.astype(np.float32), f"mixed {channels} → 1 channel (mean)")


def clipping(samples: Signal) -> tuple[str, float] | None:
    """Return ``clipped`` and the share of full-scale samples of the worst of (C, N) channels.

    `None` if it is 1 % at most. Channels that clip at other moments have no such samples in their
    mean, and it is distorted all the same.
    """
    share = float((np.abs(samples) >= FULL_SCALE).mean(axis=1).max(initial=0.0))
    return ("clipped", share) if share > CLIPPED_SHARE else None


def fault(samples: Signal) -> tuple[str, float] | None:
    """Return why (N,) samples cannot be used, as a code of `REASONS` and the measure; or `None`.

    Of a file with several channels these tell themselves whether they clip, see `clipping`.
    """
    if not np.isfinite(samples).all():
        return "not_finite", float((~np.isfinite(samples)).sum())
    peak = float(np.abs(samples).max(initial=0.0))
    if peak < SILENT_PEAK:
        return "silent", peak
    if (clipped := clipping(samples[None])) is not None:
        return clipped
    offset = abs(float(samples.mean(dtype=np.float64)))
    if offset > MOST_DC:
        return "dc_offset", offset
    return None


def bandwidth_hz(samples: Signal, sample_rate_hz: int) -> float:
    """Return the frequency under which 99.5 % of the energy of (N,) samples lies."""
    size = min(len(samples), 1 << 16)
    power = np.zeros(size // 2 + 1)
    window = np.hanning(size).astype(np.float32)
    for start in range(0, len(samples) - size + 1, size):
        power += np.abs(np.fft.rfft(samples[start : start + size] * window)) ** 2
    total = np.cumsum(power)
    if total[-1] <= 0:
        return 0.0
    index = int(np.searchsorted(total, 0.995 * total[-1]))
    return index * sample_rate_hz / size
