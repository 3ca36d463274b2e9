"""Resampling as torchvggish does it, by resampy's filter "kaiser_best". Shapes: N samples.

Only where numbers of that port at other rates than 16 kHz are to be met; ours is torchaudio's.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ...core.errors import MediaError
from ...core.media.audio import Waveform

ZEROS, ROLL_OFF, BETA = 50, 0.917347, 12.9846
"""Of resampy 0.4: zero crossings on either side, share of the lower band kept, Kaiser's beta."""

TABLE = 8192
"""Entries of its table between two zero crossings; it goes from sample to sample in whole ones."""

MAX_WEIGHTS = 2**26


def resample_kaiser_best(clip: Waveform, sample_rate_hz: int) -> Waveform:
    """Return a clip at another rate: ``N * new // old`` samples, computed in float64.

    Raises:
        MediaError: if the rates' ratio needs a filter too large to build.

    Source: Smith 1984, "A Flexible Sampling-Rate Conversion Method".
    """
    if clip.sample_rate_hz == sample_rate_hz:
        return clip
    common = math.gcd(clip.sample_rate_hz, sample_rate_hz)
    old, new = clip.sample_rate_hz // common, sample_rate_hz // common
    count = clip.samples.shape[-1] * new // old
    reach = math.ceil(ZEROS / min(1.0, new / old))
    if new * (2 * reach + old) > MAX_WEIGHTS or count == 0:
        raise MediaError(
            f"Cannot resample {clip.samples.shape[-1]} samples {clip.sample_rate_hz} → "
            f"{sample_rate_hz} Hz by kaiser_best. Convert the file to a usual rate first."
        )
    weights = torch.from_numpy(_phases(old, new, reach))
    steps = -(-count // new)
    right = (steps - 1) * old + weights.shape[1] - reach - clip.samples.shape[-1]
    padded = functional.pad(clip.samples.double(), (reach, max(0, right)))
    frames: Tensor = padded.unfold(-1, weights.shape[1], old)[:, :steps]
    samples = (frames @ weights.T).flatten(1)[:, :count].float()
    note = f"resampled {clip.sample_rate_hz} → {sample_rate_hz} Hz (kaiser_best)"
    return clip.converted(samples, note, sample_rate_hz)


def _phases(old: int, new: int, reach: int) -> NDArray[np.float64]:
    """Return what each of ``new`` outputs weighs samples from ``reach`` before the first with."""
    scale = min(1.0, new / old)
    times = np.arange(new)[:, None] * old / new
    base = np.floor(times)
    steps = base - (np.arange(2 * reach + old)[None] - reach)  # 0 is the last sample before
    after = steps < 0
    nearest = scale * np.where(after, 1.0 - (times - base), times - base)
    whole = math.floor(scale * TABLE) / TABLE
    crossings = nearest + whole * np.where(after, -steps - 1, steps)
    inside = np.sqrt(np.clip(1.0 - (crossings / ZEROS) ** 2, 0.0, None))
    window = np.where(crossings <= ZEROS, np.i0(BETA * inside) / np.i0(BETA), 0.0)
    weights: NDArray[np.float64] = scale * ROLL_OFF * np.sinc(ROLL_OFF * crossings) * window
    return weights
