"""Log-mel spectrograms. Shapes: N samples, F frames, M mel bands, K = fft_size // 2 + 1 bins."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import ConfigError, MediaError

FLOOR = 1e-5


class LogMel(nn.Module):
    """Natural logarithm of mel-weighted magnitudes, clamped from below at `FLOOR`.

    Centred frames with reflected edges, periodic Hann window as long as the FFT, magnitudes (not
    powers), triangular filters on the HTK mel scale without normalisation of their area.

    Attributes:
        filterbank: (K, M) float32.
        window: (fft_size,) float32.
    """

    filterbank: Tensor
    window: Tensor

    def __init__(
        self,
        *,
        sample_rate_hz: int,
        fft_size: int,
        hop: int,
        mels: int,
        f_min_hz: float = 0.0,
        f_max_hz: float | None = None,
    ) -> None:
        """Compute the window and the filters; ``f_max_hz`` is half the rate when left out."""
        super().__init__()
        self.fft_size = fft_size
        self.hop = hop
        filterbank = mel_filterbank(
            bins=fft_size // 2 + 1,
            sample_rate_hz=sample_rate_hz,
            mels=mels,
            f_min_hz=f_min_hz,
            f_max_hz=sample_rate_hz / 2 if f_max_hz is None else f_max_hz,
        )
        self.register_buffer("filterbank", filterbank, persistent=False)
        self.register_buffer("window", torch.hann_window(fft_size), persistent=False)

    def frames(self, samples: int) -> int:
        """Return the number of frames of ``samples`` samples."""
        return samples // self.hop + 1

    def forward(self, waveform: Tensor) -> Tensor:
        """Return the log-mel spectrogram (…, M, N // hop + 1) of waveforms (…, N).

        Raises:
            MediaError: if a waveform is too short to reflect half a window at its edges.
        """
        samples = int(waveform.shape[-1])
        if samples <= self.fft_size // 2:
            raise MediaError(
                f"Got {samples} samples; a mel spectrogram with an FFT of {self.fft_size} needs "
                f"more than {self.fft_size // 2}. Use a longer clip."
            )
        spectrum = torch.stft(
            waveform.reshape(-1, samples),
            self.fft_size,
            self.hop,
            window=self.window,
            center=True,
            pad_mode="reflect",
            return_complex=True,
        ).abs()
        mel = self.filterbank.T @ spectrum
        return mel.clamp_min(FLOOR).log().reshape(*waveform.shape[:-1], *mel.shape[-2:])


def mel_filterbank(
    *, bins: int, sample_rate_hz: int, mels: int, f_min_hz: float, f_max_hz: float
) -> Tensor:
    """Return triangular filters (bins, mels) float32 whose peaks are 1.

    Args:
        bins: frequencies from 0 to half the rate.
        sample_rate_hz: rate of the waveforms.
        mels: number of filters.
        f_min_hz: where the first filter begins.
        f_max_hz: where the last filter ends.

    Raises:
        ConfigError: if the band is empty, or outside 0 … half the rate.

    Source: Young et al., "The HTK Book", section 5.6.
    """
    if not 0 <= f_min_hz < f_max_hz <= sample_rate_hz / 2:
        raise ConfigError(
            f"Got mel filters from {f_min_hz:g} to {f_max_hz:g} Hz; expected a band within 0 … "
            f"{sample_rate_hz / 2:g} Hz, half the sample rate."
        )
    frequencies = torch.linspace(0, sample_rate_hz / 2, bins, dtype=torch.float64)
    low, high = (_hz_to_mel(torch.tensor(f, dtype=torch.float64)) for f in (f_min_hz, f_max_hz))
    edges = _mel_to_hz(torch.linspace(float(low), float(high), mels + 2, dtype=torch.float64))
    rising = (frequencies[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies[:, None]) / (edges[2:] - edges[1:-1])
    return torch.minimum(rising, falling).clamp_min(0).float()


def _hz_to_mel(hz: Tensor) -> Tensor:
    return 2595.0 * torch.log10(1.0 + hz / 700.0)


def _mel_to_hz(mel: Tensor) -> Tensor:
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
