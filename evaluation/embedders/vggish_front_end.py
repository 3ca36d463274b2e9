"""What VGGish hears: log-mel patches. Shapes: N samples, T frames, M mel bands, P patches.

A patch is 0.96 s: 96 frames of 64 bands. Nothing is padded: what fills no frame or patch is
dropped, so a clip under 0.975 s gives no patch at all.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

SAMPLE_RATE_HZ = 16000
WINDOW, HOP, N_FFT = 400, 160, 512
MELS, F_MIN_HZ, F_MAX_HZ = 64, 125.0, 7500.0
OFFSET = 0.01
"""Added before the logarithm."""

PATCH = 96
SHORTEST_SAMPLES = WINDOW + (PATCH - 1) * HOP
GOOGLE_WINDOW, GOOGLE_HOP_FRAMES = 16000, 50
"""Samples that a patch of Google's pipeline is cut from, every half second."""

QUIETEST_PEAK = 0.1
"""Google's pipeline raises a quieter clip by 20 dB and no more."""


def log_mel_patches(samples: Tensor, *, half_second_hop: bool = False) -> Tensor:
    """Return the patches (P, 96, 64) float64 of a clip (N,) at 16 kHz.

    Args:
        samples: nominally within -1…1.
        half_second_hop: a patch of every second that begins at a multiple of 0.5 s, as Google's
            original FAD has it; else patches lie end to end, one for each 0.96 s.

    Source: Hershey et al. 2017, "CNN Architectures for Large-Scale Audio Classification".
    """
    frames = log_mel(samples)
    if half_second_hop:
        count = max(0, (len(samples) - GOOGLE_WINDOW) // (GOOGLE_HOP_FRAMES * HOP) + 1)
        starts = range(0, count * GOOGLE_HOP_FRAMES, GOOGLE_HOP_FRAMES)
    else:
        starts = range(0, len(frames) - PATCH + 1, PATCH)
    if not starts:
        return frames.new_zeros(0, PATCH, MELS)
    return torch.stack([frames[start : start + PATCH] for start in starts])


def log_mel(samples: Tensor) -> Tensor:
    """Return ln(mel-weighted magnitude + 0.01), (T, 64) float64, of a clip (N,)."""
    samples = samples.double()
    if len(samples) < WINDOW:
        return samples.new_zeros(0, MELS)
    hann = torch.hann_window(WINDOW, periodic=True, dtype=torch.float64, device=samples.device)
    spectrum = torch.fft.rfft(samples.unfold(0, WINDOW, HOP) * hann, n=N_FFT).abs()
    return (spectrum @ mel_filters().to(samples.device) + OFFSET).log()


def raised(samples: Tensor) -> Tensor:
    """Return a clip at the level of Google's pipeline: its greatest sample at 1, or up by 20 dB.

    That is the greatest value and not the greatest magnitude.
    """
    return samples / max(QUIETEST_PEAK, float(samples.max()))


@lru_cache(maxsize=1)
def mel_filters() -> Tensor:
    """Return triangles (257, 64) float64 of height 1, linear in 1127 ln(1 + f / 700), no DC."""
    bins = _mel(torch.linspace(0, SAMPLE_RATE_HZ / 2, N_FFT // 2 + 1, dtype=torch.float64))
    low, high = _mel(torch.tensor([F_MIN_HZ, F_MAX_HZ], dtype=torch.float64)).tolist()
    edges = torch.linspace(low, high, MELS + 2, dtype=torch.float64)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    filters = torch.minimum(rising, falling).clamp_min(0.0)
    filters[0] = 0.0
    return filters


def _mel(hz: Tensor) -> Tensor:
    return 1127.0 * torch.log1p(hz / 700.0)
