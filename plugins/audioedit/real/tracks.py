"""The three tracks of an item: mixture, target, residual; kept as blobs, read as one mode has them.

Shapes: N samples, mono, at the data set's rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..blobs import BlobStore
from ..providers.activity import resampled
from ..providers.lengths import as_long
from ..sound.guards import Signal
from .config import MixtureMode

BITS = 24
"""Parts are kept finer than pairs."""
MOST = 1 - 2.0 ** (1 - BITS)


@dataclass(frozen=True, eq=False)
class Tracks:
    """A scene and its parts (N,): in the modes ``recomposed`` and ``subtract`` they add up."""

    mixture: Signal
    target: Signal
    residual: Signal


def put(blobs: BlobStore, samples: Signal, sample_rate_hz: int) -> dict[str, Any]:
    """Write samples as a blob; what is over full scale is turned down, and the gain told.

    Returns:
        ``sha256``, and ``gain`` if it is not 1.
    """
    peak = float(np.abs(samples).max(initial=0.0))
    gain = min(1.0, MOST / peak) if peak > 0 else 1.0
    grid = np.rint(samples.astype(np.float64) * (gain * 2.0 ** (BITS - 1))).astype(np.int32)
    sha256 = blobs.put(grid, sample_rate_hz=sample_rate_hz, bits=BITS)
    return {"sha256": sha256} if gain == 1.0 else {"sha256": sha256, "gain": gain}


def get(blobs: BlobStore, kept: Mapping[str, Any]) -> Signal:
    """Return the samples (N,) that `put` wrote, at the level that they had."""
    samples, _ = blobs.samples(kept["sha256"])
    return samples if "gain" not in kept else (samples / kept["gain"]).astype(np.float32)


def tracks(blobs: BlobStore, data: Mapping[str, Any], mode: MixtureMode) -> Tracks:
    """Return the tracks of a separated item as a mode has them (spec section 3.2)."""
    mixture, target = get(blobs, data["mixture"]), get(blobs, data["target"])
    if mode == "subtract":
        return Tracks(mixture, target, mixture - target)
    residual = get(blobs, data["residual"])
    if mode == "recomposed":
        return Tracks(target + residual, target, residual)
    return Tracks(mixture, target, residual)


def limited(parts: Tracks, sample_rate_hz: int, limit_hz: float | None) -> Tracks:
    """Return tracks without what is above a frequency; as they are for `None`."""
    if limit_hz is None or 2 * limit_hz >= sample_rate_hz:
        return parts
    new_hz = round(2 * limit_hz)

    def below(samples: Signal) -> Signal:
        low = resampled(samples, sample_rate_hz, new_hz)
        return as_long(resampled(low, new_hz, sample_rate_hz), len(samples))

    return Tracks(below(parts.mixture), below(parts.target), below(parts.residual))


def si_sdr_db(estimate: Signal, reference: Signal) -> float:
    """Return the scale-invariant signal-to-distortion ratio, within ±100 dB.

    Source: Le Roux et al. 2019, "SDR – half-baked or well done?".
    """
    e, r = estimate.astype(np.float64), reference.astype(np.float64)
    power = float(r @ r)
    if power == 0.0:
        return -100.0
    projected = (float(e @ r) / power) * r
    error = e - projected
    ratio = (float(projected @ projected) + 1e-20) / (float(error @ error) + 1e-20)
    return float(np.clip(10 * np.log10(ratio), -100.0, 100.0))


def log_spectral_distance_db(one: Signal, other: Signal) -> float:
    """Return the distance of two power spectrograms in dB, floored at −100 dBFS.

    Root mean square over bins, mean over frames; frames of 2048 samples, every 512.
    """
    difference = _log_spectrogram(one) - _log_spectrogram(other)
    return float(np.sqrt(np.mean(difference**2, axis=1)).mean())


def _log_spectrogram(samples: Signal) -> np.ndarray[Any, np.dtype[np.float64]]:
    size, hop = 2048, 512
    padded = np.pad(samples, (0, max(0, size - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    window = np.hanning(size).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(frames * window, axis=1)) * (2 / window.sum())
    return 20 * np.log10(np.maximum(spectrum, 1e-5))
