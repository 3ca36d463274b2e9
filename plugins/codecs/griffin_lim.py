"""Frames of a waveform, their overlap-add, and phases for magnitudes without any.

Frame t is centred on sample (t + ½) · hop, so T frames cover exactly T · hop samples; outside of
them the signal is zero. Shapes: B batch, N samples, T frames, K = fft_size // 2 + 1 bins.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

PHASE_SEED = 0
TINY = 1e-8


def stft(waveform: Tensor, window: Tensor, hop: int) -> Tensor:
    """Return the complex spectrum (B, T, K) of waveforms (B, T · hop)."""
    fft_size = len(window)
    padded = functional.pad(waveform, ((fft_size - hop) // 2,) * 2)
    return torch.fft.rfft(padded.unfold(-1, fft_size, hop) * window)


def istft(spectrum: Tensor, window: Tensor, hop: int) -> Tensor:
    """Return the waveforms (B, T · hop) whose spectrum is closest to (B, T, K)."""
    fft_size, frames = len(window), spectrum.shape[1]
    segments = torch.fft.irfft(spectrum, n=fft_size) * window
    weights = (window**2).expand(1, frames, -1)
    total, norm = (_overlap_add(s, fft_size, hop) for s in (segments, weights))
    margin = (fft_size - hop) // 2
    return (total / norm.clamp_min(TINY))[:, margin : margin + frames * hop]


def griffin_lim(
    magnitude: Tensor, window: Tensor, hop: int, *, steps: int, momentum: float
) -> Tensor:
    """Return waveforms (B, T · hop) whose spectrum has about the given magnitudes.

    Deterministic: the phases start from fixed noise, the same for every item.

    Args:
        magnitude: (B, T, K), not negative.
        window: (fft_size,).
        hop: samples per frame.
        steps: iterations, at least 1.
        momentum: acceleration in [0, 1); 0 is the original algorithm.

    Source: Griffin & Lim 1984; Perraudin et al. 2013, "A Fast Griffin-Lim Algorithm".
    """
    phase = _start(magnitude)
    previous = torch.zeros_like(phase)
    for _ in range(steps):
        rebuilt = stft(istft(magnitude * phase, window, hop), window, hop)
        target = rebuilt - previous * (momentum / (1 + momentum))
        phase = target / target.abs().clamp_min(TINY)
        previous = rebuilt
    return istft(magnitude * phase, window, hop)


def _start(magnitude: Tensor) -> Tensor:
    _, frames, bins = magnitude.shape
    # Drawn on the CPU frame by frame: the same on every device and for every length.
    noise = torch.rand(frames, bins, generator=torch.Generator().manual_seed(PHASE_SEED))
    angle = (2 * torch.pi * noise).to(magnitude.device)
    return torch.polar(torch.ones_like(angle), angle).expand(magnitude.shape)


def _overlap_add(segments: Tensor, fft_size: int, hop: int) -> Tensor:
    frames = segments.shape[1]
    length = (frames - 1) * hop + fft_size
    summed = functional.fold(
        segments.transpose(1, 2), (1, length), kernel_size=(1, fft_size), stride=(1, hop)
    )
    return summed[:, 0, 0]
