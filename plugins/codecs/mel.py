"""A codec without weights: the latent is a normalised log-mel spectrogram.

Shapes: B batch, C channels, N samples, T frames, M mel bands, K = fft_size // 2 + 1 bins.
"""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import BaseModel
from torch import Tensor
from torch.nn import functional

from ...core.codec import Codec
from ...core.errors import RequestError
from ...core.media.mel import mel_filterbank
from .config import MelCodecConfig
from .griffin_lim import griffin_lim, stft

TINY = 1e-8


class MelCodec(Codec):
    """Mel bands in decibels to unit variance; back by non-negative inversion and Griffin-Lim.

    Levels fade into a soft floor: 20 log₁₀(mel + floor) going in, its exact inverse going out, so
    silence comes back as silence. Every channel is coded alone: D = C · M.
    """

    config_model: ClassVar[type[BaseModel]] = MelCodecConfig

    window: Tensor
    filterbank: Tensor
    spread: Tensor

    def __init__(self, config: MelCodecConfig) -> None:
        """Compute window and filters; they move with the module but are not saved."""
        super().__init__()
        self.config = config
        self.sample_rate_hz = config.sample_rate_hz
        self.channels = config.channels
        self.hop = config.hop
        self.latent_dim = config.channels * config.mels
        self.floor = 10.0 ** (config.floor_db / 20)
        # They follow from the options: there is nothing to load, also for a model without memory.
        with torch.device("cpu"):
            filterbank = mel_filterbank(
                bins=config.fft_size // 2 + 1,
                sample_rate_hz=config.sample_rate_hz,
                mels=config.mels,
                f_min_hz=0.0,
                f_max_hz=config.sample_rate_hz / 2,
            )
            window, spread = torch.hann_window(config.fft_size), torch.linalg.pinv(filterbank)
        self.register_buffer("window", window, persistent=False)
        self.register_buffer("filterbank", filterbank, persistent=False)
        self.register_buffer("spread", spread, persistent=False)

    def encode(self, waveform: Tensor) -> Tensor:
        """Return latents (B, C · M, ceil(N / hop)) from (B, C, N) float32 in [-1, 1].

        Raises:
            RequestError: for another number of channels, or no samples.
        """
        if waveform.ndim != 3 or waveform.shape[1] != self.channels or not waveform.shape[2]:
            raise RequestError(
                f"Got waveforms {tuple(waveform.shape)}; codec 'mel' expects (B, {self.channels}, "
                "N) with N > 0. Convert the channels first, or set `channels` in its options."
            )
        batch, _, samples = waveform.shape
        padded = functional.pad(waveform, (0, -samples % self.hop)).flatten(0, 1)
        magnitude = stft(padded, self.window, self.hop).abs() / self._full_scale
        level = 20 * torch.log10(magnitude @ self.filterbank + self.floor)
        latent = (level - self.config.mean_db) / self.config.deviation_db
        return latent.transpose(1, 2).reshape(batch, self.latent_dim, -1)

    @torch.no_grad()
    def decode(self, latent: Tensor) -> Tensor:
        """Return waveforms (B, C, T · hop) from latents (B, C · M, T).

        Raises:
            RequestError: for another latent width.
        """
        if latent.ndim != 3 or latent.shape[1] != self.latent_dim or not latent.shape[2]:
            raise RequestError(
                f"Got latents {tuple(latent.shape)}; codec 'mel' expects (B, {self.latent_dim}, T) "
                "with T > 0."
            )
        batch = len(latent)
        bands = latent.float().reshape(batch * self.channels, self.config.mels, -1).transpose(1, 2)
        level = bands * self.config.deviation_db + self.config.mean_db
        mel = (10.0 ** (level / 20) - self.floor).clamp_min(0)
        waveform = griffin_lim(
            _edges_twice(self._bins(mel)) * self._full_scale,
            self.window,
            self.hop,
            steps=self.config.griffin_lim_steps,
            momentum=self.config.griffin_lim_momentum,
        )
        return waveform[:, self.hop : -self.hop].reshape(batch, self.channels, -1)

    @property
    def _full_scale(self) -> float:
        """Return the magnitude at the peak of a sine of full scale: half the window's sum."""
        return self.config.fft_size / 4

    def _bins(self, mel: Tensor) -> Tensor:
        """Return magnitudes (B, T, K) ≥ 0 whose mel bands are nearly the given (B, T, M).

        Starts from the clamped pseudo-inverse; each multiplicative update keeps values
        non-negative and cannot increase the squared error (Lee & Seung 2001).
        """
        magnitude = (mel @ self.spread).clamp_min(TINY)
        numerator = mel @ self.filterbank.T
        for _ in range(self.config.inversion_steps):
            denominator = (magnitude @ self.filterbank) @ self.filterbank.T
            magnitude = magnitude * numerator / denominator.clamp_min(TINY)
        return magnitude


def _edges_twice(magnitude: Tensor) -> Tensor:
    """Return magnitudes (B, T, K) with the first and the last frame repeated, (B, T + 2, K).

    Nothing overlaps the outer half of the first and of the last frame; what is made of them fades
    in and out, which is heard as an onset, and is cut off.
    """
    return torch.cat([magnitude[:, :1], magnitude, magnitude[:, -1:]], dim=1)
