"""What a training step minimises: a loss for each example of a batch.

Shapes: B batch, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ..conditioning import Conditioning
from ..data.collate import pad_latents
from ..data.records import EncodedExample
from ..flow.rectified_flow import flow_loss, interpolate, sample_times, velocity_target
from ..models.answering import AnsweringModel


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
        self, model: Any, batch: Sequence[EncodedExample], generator: torch.Generator
    ) -> Tensor:
        """Return the losses (B,) float32."""
        ...


class FlowMatching:
    """Rectified flow with dropped context, which is what guidance needs (paper section 5.1)."""

    def __init__(self, context_dropout: float) -> None:
        """Keep the share of examples whose whole context is dropped."""
        self.context_dropout = context_dropout

    def __call__(
        self, model: FlowModel, batch: Sequence[EncodedExample], generator: torch.Generator
    ) -> Tensor:
        """Return the losses (B,) float32; all draws come from ``generator`` (CPU)."""
        padded = pad_latents(batch)
        x_0, frame_mask = padded.latent, padded.frame_mask
        t = sample_times(len(batch), generator)
        noise = torch.randn(x_0.shape, generator=generator)
        keep = torch.rand(len(batch), generator=generator) >= self.context_dropout
        device = model.device
        x_0, noise, t = x_0.to(device), noise.to(device), t.to(device)
        mask = None if bool(frame_mask.all()) else frame_mask.to(device)
        conditioning = model.conditioning(batch, item_generators(len(batch), generator))
        conditioning = conditioning.drop_context(keep.to(device))
        velocity = model.dit(interpolate(x_0, noise, t), t, conditioning, mask)
        return flow_loss(velocity, velocity_target(x_0, noise), mask)


class AnswerLikelihood:
    """The negative log-likelihood of right answers, for which nothing is drawn."""

    def __call__(
        self, model: AnsweringModel, batch: Sequence[EncodedExample], generator: torch.Generator
    ) -> Tensor:
        """Return the losses (B,) float32, each the sum over an answer's tokens, in nats."""
        return model.answer_losses(batch)


def item_generators(count: int, generator: torch.Generator) -> list[torch.Generator]:
    """Return one generator (CPU) for each item of a batch, seeded from ``generator``."""
    seeds = torch.randint(2**62, (count,), generator=generator).tolist()
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def step_generator(seed: int, step: int, part: int) -> torch.Generator:
    """Return the generator of one forward pass, a function of its place in the run.

    A resumed run needs no saved generator state for the same draws.
    """
    state = np.random.SeedSequence([seed, step, part]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
