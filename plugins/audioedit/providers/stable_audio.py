"""Stable Audio Open of the diffusers library, as far as editing needs it: latents, text, velocity.

Shapes: N samples, C channels of sound, R rows, D latent width, T frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ....core.flow.editing.v_prediction import flow_velocity
from ....core.flow.solvers import Velocity
from .contract import Signal
from .lengths import as_long


@dataclass(frozen=True, eq=False)
class Text:
    """A description as the network takes it, one row each; the length of the clip is part of it."""

    words: Tensor
    seconds: Tensor


class StableAudio:
    """A pipeline of diffusers, taken apart; its scheduler is not used."""

    def __init__(self, pipe: Any, device: str) -> None:
        """Keep a pipeline that was moved to its device."""
        self._pipe, self.device = pipe, device

    @cached_property
    def rate_hz(self) -> int:
        """Return the rate of its clips."""
        return int(self._pipe.vae.config.sampling_rate)

    def seconds_at_most(self) -> float:
        """Return how long a clip of it may be."""
        frames = int(self._pipe.transformer.config.sample_size)
        return frames * int(self._pipe.vae.hop_length) / self.rate_hz

    def encode(self, samples: Signal) -> Tensor:
        """Return latents (1, D, T) of (N,) samples at its rate: the mean of their distribution.

        One channel is copied to all; the level is kept. Only the clip is encoded, not the whole
        window of the model.
        """
        vae = self._pipe.vae
        short = -len(samples) % int(vae.hop_length)
        clip = torch.nn.functional.pad(torch.from_numpy(samples), (0, short))
        both = clip.expand(1, int(vae.config.audio_channels), -1)
        latent: Tensor = vae.encode(both.to(self.device, vae.dtype)).latent_dist.mode()
        return latent

    def decode(self, latents: Tensor, length: int) -> Signal:
        """Return (length,) samples of latents (1, D, T), the mean of their channels."""
        wave = self._pipe.vae.decode(latents.to(self._pipe.vae.dtype)).sample
        return as_long(wave[0].detach().float().mean(dim=0).cpu().numpy(), length)

    def text(self, words: str, seconds: float) -> Text:
        """Return a description of a clip that lasts so long."""
        told = self._pipe.encode_prompt([words], self.device, False)
        start, end = self._pipe.encode_duration(0.0, seconds, self.device, False, 1)
        return Text(torch.cat([told, start, end], dim=1), torch.cat([start, end], dim=2))

    def velocity(self, text: Text, scale: float) -> Velocity:
        """Return v = v_null + scale (v_text − v_null); at scale 1 without the null.

        As the pipeline has it, the null has no words and no length, but for the length that is
        told beside the words.
        """
        null = Text(torch.zeros_like(text.words), text.seconds)

        def predict(x: Tensor, s: Tensor) -> Tensor:
            told = self._predict(x, s, text)
            if scale == 1:
                return told
            without = self._predict(x, s, null)
            return without + scale * (told - without)

        return flow_velocity(predict)

    def _predict(self, x: Tensor, s: Tensor, text: Text) -> Tensor:
        """Return v̂ (R, D, T) of rows at s (R,)."""
        network, rows = self._pipe.transformer, len(x)
        (found,) = network(
            x.to(network.dtype),
            s,
            encoder_hidden_states=text.words.expand(rows, -1, -1),
            global_hidden_states=text.seconds.expand(rows, -1, -1),
            rotary_embedding=self._rotary(x.shape[2] + text.seconds.shape[1]),
            return_dict=False,
        )
        velocity: Tensor = found.to(x.dtype)
        return velocity

    def _rotary(self, positions: int) -> Any:
        from diffusers.models.embeddings import get_1d_rotary_pos_embed

        cos_sin = get_1d_rotary_pos_embed(
            self._pipe.rotary_embed_dim, positions, use_real=True, repeat_interleave_real=False
        )
        return tuple(part.to(self.device) for part in cos_sin)
