"""AudioLDM2 of the diffusers library, as far as editing needs it: latents, text, noise.

Shapes: N samples, R rows, F frames of 10 ms, M mel bands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .contract import Signal
from .ddpm_inversion import Point, schedule
from .lengths import as_long

RATE_HZ = 16000
BANDWIDTH_HZ = 8000.0
WINDOW, HOP, MELS, TOP_HZ = 1024, 160, 64, 8000.0
QUIET = 1e-5
FRAMES = 32
"""Frames come in multiples of this, so that every scale of the network is whole."""
HIGHEST = 0.5
"""Peak of what the model was trained on."""


@dataclass(frozen=True)
class Text:
    """A description as the network takes it, one row each."""

    embeds: Tensor
    mask: Tensor
    generated: Tensor


@dataclass(frozen=True)
class Level:
    """What was taken from a clip on its way in, to be given back on its way out.

    Attributes:
        mean: of its samples.
        peak: largest distance from the mean; 0 for silence.
    """

    mean: float
    peak: float

    @classmethod
    def of(cls, samples: Signal) -> Level:
        """Return the level of (N,) samples."""
        mean = float(samples.mean())
        return cls(mean, float(np.abs(samples - mean).max()))

    def taken_from(self, samples: Signal) -> Signal:
        """Return samples with mean 0 and the peak that the model knows."""
        scale = HIGHEST / self.peak if self.peak else 0.0
        return ((samples - self.mean) * scale).astype(np.float32)

    def given_back_to(self, samples: Signal) -> Signal:
        """Return samples at the clip's gain."""
        return (samples * (self.peak / HIGHEST) + self.mean).astype(np.float32)


class AudioLdm2:
    """A pipeline of diffusers, taken apart."""

    def __init__(self, pipe: Any, device: str) -> None:
        """Keep a pipeline that was moved to its device."""
        self._pipe, self.device = pipe, device

    def points(self, steps: int) -> list[Point]:
        """Return the times to walk."""
        return schedule(self._pipe.scheduler.alphas_cumprod, steps)

    def encode(self, samples: Signal) -> Tensor:
        """Return latents (1, C, F / 4, M / 4) of (N,) samples at 16 kHz, of known level."""
        mel = log_mel(torch.from_numpy(samples))
        short = -len(mel) % FRAMES
        filled = torch.nn.functional.pad(mel, (0, 0, 0, short), value=float(np.log(QUIET)))
        vae = self._pipe.vae
        latent = vae.encode(filled[None, None].to(self.device, vae.dtype)).latent_dist.mode()
        scaled: Tensor = latent * vae.config.scaling_factor
        return scaled

    def decode(self, latents: Tensor, length: int) -> Signal:
        """Return (length,) samples at 16 kHz of latents (1, …)."""
        vae = self._pipe.vae
        mel = vae.decode(latents / vae.config.scaling_factor).sample
        wave = self._pipe.mel_spectrogram_to_waveform(mel)
        return as_long(wave.reshape(-1).float().cpu().numpy(), length)

    def text(self, words: str) -> Text:
        """Return a description; of no words, the null."""
        embeds, mask, generated = self._pipe.encode_prompt(
            [words],
            device=self.device,
            num_waveforms_per_prompt=1,
            do_classifier_free_guidance=False,
        )
        return Text(embeds, mask, generated)

    def noise(self, x: Tensor, timesteps: Tensor, text: Text, null: Text, scale: float) -> Tensor:
        """Return ε̂ = ε̂_null + scale (ε̂_text − ε̂_null) of rows (R, …); at scale 1 without null."""
        told = self._noise(x, timesteps, text)
        if scale == 1:
            return told
        without = self._noise(x, timesteps, null)
        return without + scale * (told - without)

    def _noise(self, x: Tensor, timesteps: Tensor, text: Text) -> Tensor:
        rows = len(x)
        (noise,) = self._pipe.unet(
            x,
            timesteps,
            encoder_hidden_states=text.generated.expand(rows, -1, -1),
            encoder_hidden_states_1=text.embeds.expand(rows, -1, -1),
            encoder_attention_mask_1=text.mask.expand(rows, -1),
            return_dict=False,
        )
        found: Tensor = noise
        return found


def log_mel(samples: Tensor) -> Tensor:
    """Return the log of mel magnitudes (F, M) of (N,) samples at 16 kHz, as AudioLDM reads them."""
    from torchaudio.functional import melscale_fbanks

    spectrum = torch.stft(
        samples,
        WINDOW,
        hop_length=HOP,
        window=torch.hann_window(WINDOW),
        center=True,
        pad_mode="reflect" if len(samples) > WINDOW // 2 else "constant",
        return_complex=True,
    ).abs()
    bands = melscale_fbanks(
        WINDOW // 2 + 1, 0.0, TOP_HZ, MELS, RATE_HZ, norm="slaney", mel_scale="slaney"
    )
    mel: Tensor = (spectrum.T @ bands).clamp(min=QUIET).log()
    return mel
