"""Audio fingerprints: what of a recording survives a gain, a shift and an MP3.

Shapes: N samples, T frames (20 a second: every other one is indexed, and all are looked up, so that
a shift by half a frame is found), 64 bands.

Source: Haitsma and Kalker 2002, "A Highly Robust Audio Fingerprinting System": signs of the
differences of energies along time and frequency, 32 of them a word. Bands, rate and words are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ....core.errors import DataError

FRAMES_PER_SECOND = 20
STEP = 2
"""Frames between those that are indexed, and between those that are compared."""

BANDS = 64
WORD_BITS = 32
WINDOW_SECONDS = 0.4
"""Long against the hop: a shift by a part of it changes little."""

LOWEST_HZ, HIGHEST_HZ = 100.0, 7000.0
RANGE_DB = 60.0
"""Levels further below the loudest of the clip are as good as silence."""


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a recording is found by.

    Attributes:
        item: id of the recording.
        levels: (T, 64) float16, dB above the floor: 0 … 60 whatever the gain.
        words: (T,) uint32, the signs of each frame against that of 0.1 s before.
        sure: (T, 32) uint8, bits from the least to the most certain.
        active: (T,) bool, whether a frame sounds.
    """

    item: str
    levels: NDArray[np.float16]
    words: NDArray[np.uint32]
    sure: NDArray[np.uint8]
    active: NDArray[np.bool_]

    @property
    def active_seconds(self) -> float:
        """Return for how long it sounds."""
        return float(self.active.sum()) / FRAMES_PER_SECOND


def fingerprint(item: str, samples: NDArray[np.float32], sample_rate_hz: int) -> Fingerprint:
    """Return the fingerprint of a recording.

    Args:
        item: its id.
        samples: (N,) or (N, C); channels are averaged.
        sample_rate_hz: samples per second, at least 8000.

    Raises:
        DataError: if samples are not finite.
    """
    mono = samples if samples.ndim == 1 else samples.mean(axis=1)
    if not np.isfinite(mono).all():
        raise DataError(
            f"Recording '{item}' has samples that are no numbers; its fingerprint cannot be taken. "
            "Leave it out."
        )
    levels = _log_mel(mono, sample_rate_hz)
    shown = np.clip(levels - (levels.max() - RANGE_DB), 0.0, RANGE_DB)
    slopes = shown[:, 0::2] - shown[:, 1::2]  # (T, 32): along frequency
    before = np.concatenate([slopes[:1].repeat(STEP, axis=0), slopes])[: len(slopes)]
    changes = slopes - before  # and along time
    active = shown.max(axis=1) > RANGE_DB / 3
    return Fingerprint(
        item=item,
        levels=shown.astype(np.float16),
        words=_packed(changes > 0),
        sure=np.argsort(np.abs(changes), axis=1, kind="stable").astype(np.uint8),
        active=active & np.isfinite(levels.max()) & (levels.max() > -100.0),
    )


def _packed(signs: NDArray[np.bool_]) -> NDArray[np.uint32]:
    """Return (T,) words of (T, 32) signs."""
    weights = np.uint32(1) << np.arange(WORD_BITS, dtype=np.uint32)
    words: NDArray[np.uint32] = (signs * weights).sum(axis=1, dtype=np.uint32)
    return words


def _log_mel(mono: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float64]:
    """Return levels in dB (T, 64); a full-scale sine is near 0."""
    size, hop = round(WINDOW_SECONDS * sample_rate_hz), sample_rate_hz // FRAMES_PER_SECOND
    count = max(1, -(-mono.size // hop))
    padded = np.zeros((count - 1) * hop + size, np.float32)
    padded[size // 2 : size // 2 + mono.size] = mono[: padded.size - size // 2]
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop][:count]
    window = (np.hanning(size) * 2 / np.hanning(size).sum()).astype(np.float32)
    bands = _bands(sample_rate_hz, size)
    spectra = np.fft.rfft(frames * window, axis=1)[:, : len(bands)]
    power = spectra.real**2 + spectra.imag**2
    levels: NDArray[np.float64] = 10 * np.log10((power @ bands).astype(np.float64) + 1e-12)
    return levels


@lru_cache(maxsize=8)
def _bands(sample_rate_hz: int, size: int) -> NDArray[np.float32]:
    """Return (bins, 64) weights of triangular mel bands, up to the last bin that has any."""
    edges = np.linspace(_mel(LOWEST_HZ), _mel(HIGHEST_HZ), BANDS + 2)
    places = 700.0 * (10 ** (edges / 2595.0) - 1.0)
    bins = np.arange(size // 2 + 1) * sample_rate_hz / size
    bins = bins[bins < HIGHEST_HZ]
    low, centre, high = places[:-2], places[1:-1], places[2:]
    rising = (bins[:, None] - low) / (centre - low)
    falling = (high - bins[:, None]) / (high - centre)
    return np.clip(np.minimum(rising, falling), 0.0, None).astype(np.float32)


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))
