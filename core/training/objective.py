"""What a training step minimises: a loss for each example of a batch.

Shapes: B batch, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..conditioning import Conditioning
from ..data.collate import pad_latents
from ..data.records import EncodedExample
from ..flow.rectified_flow import flow_loss, interpolate, sample_times, velocity_target
from ..geometry import Geometry
from ..models.answering import AnsweringModel
from ..stopwatch import section
from .counted_frames import counted_frames


class TrainableModel(Protocol):
    """What the loop asks of a model; what the objective asks beside that is between the two."""

    @property
    def device(self) -> torch.device:
        """Return where the weights are."""
        ...

    def components(self) -> dict[str, nn.Module]:
        """Return component name to module."""
        ...


class FlowModel(TrainableModel, Protocol):
    """What flow matching asks of a model; `core.models.audio_omni.AudioOmniModel` has it."""

    @property
    def geometry(self) -> Geometry:
        """Return the time axis of the latents."""
        ...

    @property
    def dit(self) -> nn.Module:
        """Return the velocity network."""
        ...

    def conditioning(
        self, examples: Sequence[EncodedExample], generators: Sequence[torch.Generator] | None
    ) -> Conditioning:
        """Return the routed conditions of a batch; conditioners draw from its generators."""
        ...


class Objective(Protocol):
    """Maps a model and a batch to one loss per example."""

    def __call__(
        self, model: Any, batch: Sequence[EncodedExample], generators: Sequence[torch.Generator]
    ) -> Tensor:
        """Return the losses (B,) float32; item i draws from generator i (CPU) alone."""
        ...


class FlowMatching:
    """Rectified flow with dropped context, which is what guidance needs (paper section 5.1)."""

    def __init__(
        self, context_dropout: float, loss_on: Literal["whole", "masked"] = "whole"
    ) -> None:
        """Keep how it learns.

        Args:
            context_dropout: share of examples whose whole context is dropped.
            loss_on: whether all frames of an example count, or of those of which conditioners
                hid a part only that part (`counted_frames`).
        """
        self.context_dropout = context_dropout
        self.loss_on = loss_on

    def __call__(
        self,
        model: FlowModel,
        batch: Sequence[EncodedExample],
        generators: Sequence[torch.Generator],
    ) -> Tensor:
        """Return the losses (B,) float32.

        Item i draws its time, its noise, whether its context is dropped, and what its conditioners
        hide, from generator i (CPU), in that order: its neighbours change nothing of it.
        """
        padded = pad_latents(batch)
        x_0, frame_mask = padded.latent, padded.frame_mask
        t = torch.cat([sample_times(1, generator) for generator in generators])
        noise = torch.zeros_like(x_0)
        for own, frames, generator in zip(noise, frame_mask.sum(dim=1), generators, strict=True):
            own[:, :frames] = torch.randn(len(own), int(frames), generator=generator)
        drawn = torch.cat([torch.rand(1, generator=generator) for generator in generators])
        keep = drawn >= self.context_dropout
        device = model.device
        x_0, noise, t = x_0.to(device), noise.to(device), t.to(device)
        mask = None if bool(frame_mask.all()) else frame_mask.to(device)
        with section("trained conditioners"):
            conditioning = model.conditioning(batch, generators).drop_context(keep.to(device))
        with section("transformer"):
            velocity = model.dit(interpolate(x_0, noise, t), t, conditioning, mask)
        if self.loss_on == "masked" and conditioning.hidden:
            real = frame_mask.to(device)
            mask = counted_frames(conditioning.hidden, batch, model.geometry, real)
        return flow_loss(velocity, velocity_target(x_0, noise), mask)


class AnswerLikelihood:
    """The negative log-likelihood of right answers, for which nothing is drawn."""

    def __call__(
        self,
        model: AnsweringModel,
        batch: Sequence[EncodedExample],
        generators: Sequence[torch.Generator],
    ) -> Tensor:
        """Return the losses (B,) float32, each the sum over an answer's tokens, in nats."""
        return model.answer_losses(batch)


def step_generators(seed: int, step: int, places: Iterable[int]) -> list[torch.Generator]:
    """Return the generators of some examples of a step, by their places in its batch.

    They are functions of seed, step and place, so a resumed run needs no saved generator state for
    the same draws, and a batch draws the same however it is split over passes and processes.
    """
    return [torch.Generator().manual_seed(_seed_of(seed, step, place)) for place in places]


def _seed_of(seed: int, step: int, place: int) -> int:
    state = np.random.SeedSequence([seed, step, place]).generate_state(1, np.uint64)[0]
    return int(state >> np.uint64(1))
