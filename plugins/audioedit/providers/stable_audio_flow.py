"""Stable Audio Open as editors see a flow model: bound to a clip, two descriptions and a seed.

Shapes: N samples, R rows, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ....core.flow.editing.editor import OnStep
from ....core.flow.editing.editor import Text as Side
from ....core.flow.solvers import Midpoint, Solver, Velocity
from .contract import Signal
from .stable_audio import StableAudio, Text


class StableAudioFlow:
    """The `FlowHandle` of one clip; every editor of `core.flow.editing` works with it."""

    on_step: OnStep | None = None

    def __init__(
        self,
        backbone: StableAudio,
        samples: Signal,
        texts: tuple[str, str],
        *,
        seed: int,
        steps: int,
        guidance_scale: float,
    ) -> None:
        """Bind the model.

        Args:
            backbone: the model.
            samples: (N,) of the clip, at the model's rate.
            texts: what describes the clip, and what it is to become.
            seed: of all noise.
            steps: of the whole way from noise to data.
            guidance_scale: of the target's text.
        """
        self._backbone, self._samples = backbone, samples
        self._generator = torch.Generator().manual_seed(seed)
        self.steps, self.guidance_scale = steps, guidance_scale
        self._texts = dict(zip(("source", "target"), map(self._told, texts), strict=True))

    @property
    def clips(self) -> list[Tensor]:
        """Return the clip, (1, N)."""
        return [torch.from_numpy(self._samples.copy())[None]]

    def retold(self, target_text: str) -> StableAudioFlow:
        """Return the same clip and random numbers with another target."""
        other = object.__new__(StableAudioFlow)
        vars(other).update(vars(self))
        other._texts = {**self._texts, "target": self._told(target_text)}
        return other

    def solver(self) -> Solver:
        """Return the midpoint method, by which an inversion comes back."""
        return Midpoint()

    def encode(self) -> Tensor:
        """Return the latents (1, D, T) of the clip."""
        self._latents = self._backbone.encode(self._samples)
        return self._latents

    def decode(self, latents: Tensor) -> list[Tensor]:
        """Return one clip (1, N), as long as it was, of latents (1, D, T)."""
        made = self._backbone.decode(latents, len(self._samples))
        return [torch.from_numpy(made)[None]]

    def noise(self) -> Tensor:
        """Draw standard normal noise like the latents, (1, D, T)."""
        drawn = torch.randn(self._latents.shape, generator=self._generator)
        return drawn.to(self._latents)

    def velocity(self, text: Side, scale: float) -> Velocity:
        """Return the velocity under a description; it takes z (R, D, T) and t (R,)."""
        return self._backbone.velocity(self._texts[text], scale)

    @contextmanager
    def integrating(self) -> Iterator[None]:
        """Return the block in which velocities are called."""
        with torch.no_grad():
            yield

    def _told(self, words: str) -> Text:
        seconds = len(self._samples) / self._backbone.rate_hz
        with torch.no_grad():
            return self._backbone.text(words, seconds)
