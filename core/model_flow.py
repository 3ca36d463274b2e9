"""A model as editors see it: bound to recordings, descriptions and random numbers.

Shapes: B batch, R rows = K · B, C channels, N samples, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property

import torch
from torch import Tensor

from .conditioning import Conditioning
from .data.records import EncodedExample, PreparedExample
from .execution import prepare_velocity
from .flow.config import SamplingConfig
from .flow.editing.editor import OnStep, Text
from .flow.guidance import GuidedVelocity
from .flow.noise import draw_noise, seeded_generators
from .flow.solvers import Solver, Velocity
from .sampler import Sampler


class ModelFlow:
    """The `FlowHandle` of a model.

    Nothing is computed before it is asked for: an editor that needs no network runs none.

    Attributes:
        network_calls: how many clips the transformer has seen for each recording, both branches
            of guidance counted.
    """

    def __init__(
        self,
        sampler: Sampler,
        origins: Sequence[PreparedExample],
        targets: Sequence[PreparedExample],
        seeds: Sequence[int],
        sampling: SamplingConfig,
        *,
        on_step: OnStep | None = None,
    ) -> None:
        """Bind a model.

        Args:
            sampler: the model, its solvers and how it runs.
            origins: recordings (as their targets) and what describes them.
            targets: what describes the results, in the same order.
            seeds: one for each recording.
            sampling: steps, solver and scale.
            on_step: told of every step.
        """
        self.sampler, self.sampling, self.on_step = sampler, sampling, on_step
        self.network_calls = 0
        self._model = sampler.model
        self._targets = list(targets)
        self._origins = [self._filled_up(item) for item in origins]
        self._lengths = [item.samples for item in origins]
        self._frames = [self._model.frames(count) for count in self._lengths]
        self._generators = seeded_generators(
            seeds, self._model.device if sampling.noise_device == "model" else "cpu"
        )
        self._velocities: dict[tuple[Text, float], tuple[int, GuidedVelocity, Velocity]] = {}

    @property
    def clips(self) -> list[Tensor]:
        """Return the recordings, (C, N_i) float32 at the codec's rate."""
        return [
            item.waveform[:, :count]  # type: ignore[index]  # an origin has its recording
            for item, count in zip(self._origins, self._lengths, strict=True)
        ]

    @property
    def steps(self) -> int:
        """Return into how many steps the way from noise to data is divided."""
        return self.sampling.steps

    @property
    def guidance_scale(self) -> float:
        """Return the scale of the target's guidance."""
        return self.sampling.guidance_scale

    def solver(self) -> Solver:
        """Return the integrator that was asked for."""
        solver: Solver = self.sampler.catalog.solvers.load(self.sampling.solver)()
        return solver

    def retold(self, targets: Sequence[PreparedExample]) -> ModelFlow:
        """Return the same recordings, latents and random numbers with other targets.

        With several targets for each recording, they are bound to as many copies of the batch,
        one copy after another: rows are then those of all copies.

        Raises:
            ValueError: if there are not as many targets as recordings, or a multiple.
        """
        times, rest = divmod(len(targets), len(self._lengths))
        if rest or not times:
            raise ValueError(
                f"Got {len(targets)} targets for {len(self._lengths)} recordings; expected as "
                "many, or a multiple."
            )
        other = object.__new__(ModelFlow)
        vars(other).update(vars(self))
        other._targets = list(targets)
        other._velocities = {}
        other.network_calls = 0
        other.__dict__.pop("_target", None)
        if times > 1:
            for name in ("_origins", "_lengths", "_frames", "_generators", "_encoded"):
                if name in other.__dict__:
                    other.__dict__[name] = list(other.__dict__[name]) * times
            other.__dict__.pop("_source", None)
        return other

    def encode(self) -> Tensor:
        """Return the latents (B, D, T) of the recordings; zero beyond an item's frames."""
        latents = [item.latent for item in self._encoded]
        width, longest = self._model.codec.latent_dim, max(self._frames)
        padded = torch.zeros(len(latents), width, longest)
        for i, latent in enumerate(latents):
            assert latent is not None  # noqa: S101 - an origin has its recording
            padded[i, :, : self._frames[i]] = latent
        return padded.to(self._model.device)

    def decode(self, latents: Tensor) -> list[Tensor]:
        """Return clips (C, N_i), as long as the recordings, of latents (B, D, T)."""
        made = [
            self.sampler.decode(latents[i, :, :count], item)
            for i, (count, item) in enumerate(zip(self._frames, self._encoded, strict=True))
        ]
        return [clip.samples[:, :n] for clip, n in zip(made, self._lengths, strict=True)]

    def noise(self) -> Tensor:
        """Draw standard normal noise (B, D, T); zero beyond an item's frames."""
        noise, _ = draw_noise(self._generators, self._model.codec.latent_dim, self._frames)
        return noise.to(self._model.device)

    def velocity(self, text: Text, scale: float) -> Velocity:
        """Return the velocity under a description; see `FlowHandle.velocity`."""

        def run(z: Tensor, t: Tensor) -> Tensor:
            times, rest = divmod(len(z), len(self._frames))
            assert not rest  # noqa: S101 - whole batches, see FlowHandle.velocity
            guided, prepared = self._bound(text, scale, times)
            self.network_calls += times * len(guided.contexts)
            return prepared(z, t)

        return run

    @contextmanager
    def integrating(self) -> Iterator[None]:
        """Bring the transformer to its device, after the conditions are there."""
        _ = self._source, self._target  # their conditioners visit the device before it does
        with self._model.visiting(self._model.dit):
            yield

    def _bound(self, text: Text, scale: float, times: int) -> tuple[GuidedVelocity, Velocity]:
        """Return a velocity of ``times`` copies of the batch; the last one made is kept."""
        known = self._velocities.get((text, scale))
        if known is None or known[0] != times:
            conditioning = self._source if text == "source" else self._target
            guided = GuidedVelocity(
                self._model.dit,
                repeated(conditioning, times),
                scale,
                frame_mask=self._frame_mask(times),
            )
            known = times, guided, prepare_velocity(guided, self.sampler.execution)
            self._velocities[text, scale] = known
        return known[1], known[2]

    @cached_property
    def _encoded(self) -> list[EncodedExample]:
        return self._model.encode(self._origins)

    @cached_property
    def _source(self) -> Conditioning:
        return self._model.conditioning(self._encoded, self._generators)

    @cached_property
    def _target(self) -> Conditioning:
        return self._model.conditioning(self._model.encode(self._targets), self._generators)

    def _frame_mask(self, times: int) -> Tensor | None:
        counts = torch.tensor(self._frames, device=self._model.device)
        mask = torch.arange(max(self._frames), device=self._model.device) < counts[:, None]
        return None if bool(mask.all()) else mask.repeat(times, 1)

    def _filled_up(self, item: PreparedExample) -> PreparedExample:
        """Return a recording with silence up to the length that a model of fixed length makes."""
        geometry, waveform = self._model.geometry, item.waveform
        assert waveform is not None  # noqa: S101 - an origin has its recording
        missing = geometry.clip_samples - waveform.shape[-1]
        if not self._model.config.fixed_length or missing <= 0:
            return item
        return replace(item, waveform=torch.nn.functional.pad(waveform, (0, missing)))


def repeated(conditioning: Conditioning, times: int) -> Conditioning:
    """Return the conditions of K copies of a batch, one copy after another."""
    if times == 1:
        return conditioning

    def copies(value: Tensor | None) -> Tensor | None:
        return None if value is None else value.repeat(times, *[1] * (value.ndim - 1))

    return Conditioning(
        context=copies(conditioning.context),
        context_mask=copies(conditioning.context_mask),
        prefix=copies(conditioning.prefix),
        prefix_mask=copies(conditioning.prefix_mask),
        aligned=copies(conditioning.aligned),
        aligned_mask=copies(conditioning.aligned_mask),
    )
