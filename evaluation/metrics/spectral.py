"""Power spectra on one scale. Shapes: N samples, F frequency bins, M mel bands, T frames."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from ...core.errors import RequestError


def power_spectrum(metric: str, samples: Tensor, *, n_fft: int, hop: int) -> Tensor:
    """Return the power (F, T) of a signal (N,), scaled so that a full-scale sine peaks at 1.

    Periodic Hann window, frames centred on multiples of the hop, edges reflected.

    Raises:
        RequestError: if the signal is too short to reflect half a window.
    """
    if samples.numel() <= n_fft // 2:
        raise RequestError(
            f"Metric '{metric}' got {samples.numel()} samples; expected more than {n_fft // 2}, "
            "half an analysis window. Measure longer clips."
        )
    if not bool(samples.any()):  # digital silence, which metrics measure often: as a control
        return samples.new_zeros(n_fft // 2 + 1, samples.numel() // hop + 1)
    window = torch.hann_window(n_fft, periodic=True, dtype=samples.dtype)
    spectrum = torch.stft(
        samples, n_fft, hop, window=window, center=True, pad_mode="reflect", return_complex=True
    )
    return spectrum.abs().square() / (window.sum() / 2).square()


@lru_cache(maxsize=4)
def mel_filters(n_fft: int, mels: int, rate_hz: int) -> Tensor:
    """Return triangles (M, F) of height 1 on the HTK mel scale, from 0 Hz to half the rate."""
    import torchaudio

    bank = torchaudio.functional.melscale_fbanks(
        n_fft // 2 + 1, 0.0, rate_hz / 2, mels, rate_hz, norm=None, mel_scale="htk"
    )
    return bank.T.to(torch.float64).contiguous()
