"""One generation or edit: from a request to a clip with its provenance.

Training and generation share everything up to the transformer; this module adds the noise, the
solver, the decoder and the record of what was done. Shapes: B batch, D latent width, T frames.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from .catalog import Catalog
from .data.records import EncodedExample, PreparedExample
from .errors import RequestError, SamplingError
from .flow.config import SamplingConfig
from .flow.guidance import GuidedVelocity
from .flow.noise import checked_seeds, noise_for_seeds
from .media.waveform import Waveform
from .models.audio_omni import AudioOmniModel
from .payloads import Example
from .source import Row

OnStep = Callable[[int, float], None]
DRAWN_SEEDS = 2**31


@dataclass(frozen=True)
class Result:
    """A generated clip with all it takes to make it again.

    Attributes:
        waveform: (C, N) float32 samples, with conversions; not peak-normalised.
        task: name of the task.
        seed: decides the noise.
        provenance: task, request, seed, sampling, checkpoint, plugin versions, conversions.
    """

    waveform: Waveform
    task: str
    seed: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def samples(self) -> Tensor:
        """Return the samples (C, N)."""
        return self.waveform.samples

    @property
    def sample_rate_hz(self) -> int:
        """Return samples per second."""
        return self.waveform.sample_rate_hz


class Pipeline:
    """Generates with one model; holds no state between calls."""

    def __init__(
        self,
        model: AudioOmniModel,
        catalog: Catalog,
        sampling: SamplingConfig,
        provenance: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the model, the defaults of sampling, and what is true of every result."""
        self.model = model
        self.catalog = catalog
        self.sampling = sampling
        self.provenance = dict(provenance or {})

    def run(
        self,
        task_name: str,
        items: Sequence[Any],
        *,
        seeds: Sequence[int] | None = None,
        sampling: SamplingConfig | None = None,
        on_step: OnStep | None = None,
    ) -> list[Result]:
        """Generate one clip per item, all in one batch.

        Args:
            task_name: name or alias of a task.
            items: requests, mappings of request fields, or rows (then the target is ignored).
            seeds: one per item; `None` draws them. Item i alone equals item i in a batch.
            sampling: replaces the defaults.
            on_step: called with (step, t) after every solver step.

        Raises:
            UnknownNameError: for an unknown task or solver.
            RequestError: for a request that does not fit the task or the model.
            SamplingError: if a step yields a non-finite value.
        """
        sampling = sampling or self.sampling
        spec = self.catalog.tasks.get(task_name)
        if spec.output != "audio":
            raise RequestError(
                f"Task '{spec.name}' gives {spec.output}; expected a task that gives audio."
            )
        task = self.catalog.tasks.load(task_name)()
        examples = [_example(task, item) for item in items]
        drawn = (secrets.randbelow(DRAWN_SEEDS) for _ in items)
        used_seeds = checked_seeds(drawn if seeds is None else seeds)
        if not items or len(used_seeds) != len(items):
            raise RequestError(
                f"Got {len(items)} items with {len(used_seeds)} seeds; expected at least one item, "
                "and one seed each."
            )
        self.catalog.solvers.get(sampling.solver)
        prepared = [self.model.prepare(example) for example in examples]
        waveforms = self._generate(prepared, used_seeds, sampling, on_step)
        return [
            Result(
                waveform,
                spec.name,
                seed,
                self._provenance(example, item.conversions, seed, sampling),
            )
            for waveform, seed, example, item in zip(
                waveforms, used_seeds, examples, prepared, strict=True
            )
        ]

    @torch.no_grad()
    def _generate(
        self,
        prepared: Sequence[PreparedExample],
        seeds: Sequence[int],
        sampling: SamplingConfig,
        on_step: OnStep | None,
    ) -> list[Waveform]:
        was_training = self.model.training
        self.model.eval()
        try:
            encoded = self.model.encode(prepared)
            latents = self.sample(encoded, seeds, sampling, on_step)
            return [
                self._decode(latent, item) for latent, item in zip(latents, encoded, strict=True)
            ]
        finally:
            self.model.train(was_training)

    def sample(
        self,
        encoded: Sequence[EncodedExample],
        seeds: Sequence[int],
        sampling: SamplingConfig,
        on_step: OnStep | None = None,
    ) -> list[Tensor]:
        """Integrate the flow from seeded noise; return one latent (D, T_i) per item."""
        model = self.model
        frames = [model.geometry.frames(item.samples) for item in encoded]
        noise, frame_mask = _padded_noise(seeds, model.codec.latent_dim, frames)
        solver = self.catalog.solvers.load(sampling.solver)()
        velocity = GuidedVelocity(
            model.dit,
            model.conditioning(encoded),
            sampling.guidance_scale,
            frame_mask=None if bool(frame_mask.all()) else frame_mask.to(model.device),
        )
        latents = solver.integrate(velocity, noise.to(model.device), sampling.steps, on_step)
        return [latents[i, :, :count] for i, count in enumerate(frames)]

    def _decode(self, latent: Tensor, item: EncodedExample) -> Waveform:
        geometry = self.model.geometry
        samples = self.model.codec.decode(latent[None])[0, :, : item.samples].float().cpu()
        if not bool(torch.isfinite(samples).all()):
            raise SamplingError(
                f"{item.task}: the codec made samples that are not finite of a latent within ±"
                f"{float(latent.abs().max()):.3g}. Use a smaller guidance scale, more steps, or a "
                "checkpoint that was trained longer."
            )
        return Waveform(samples, geometry.sample_rate_hz)

    def _provenance(
        self, example: Example, conversions: Sequence[str], seed: int, sampling: SamplingConfig
    ) -> dict[str, Any]:
        request = dict(example.request) if example.request else {}
        return {
            **self.provenance,
            "task": example.task,
            "request": {k: _plain(v) for k, v in request.items() if v is not None},
            "seed": seed,
            "sampling": sampling.model_dump(mode="json"),
            "conversions": list(conversions),
            "plugins": self.catalog.versions(),
        }


def _example(task: Any, item: Any) -> Example:
    example: Example
    if isinstance(item, Row):
        example = task.to_example(item)
    elif isinstance(item, Mapping):
        example = task.to_example(task.parse_request(item))
    elif isinstance(item, task.request_model):
        example = task.to_example(item)
    else:
        raise RequestError(
            f"Got a {type(item).__name__} for task '{task.name}'; expected a mapping of request "
            f"fields, a {task.request_model.__name__} or a Row."
        )
    if example.target is None:
        return example
    seconds = example.seconds or example.target.seconds
    return replace(example, target=None, seconds=seconds)


def _padded_noise(
    seeds: Sequence[int], channels: int, frames: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Return noise (B, D, T_max) and its mask (B, T_max), each item from its own seed."""
    longest = max(frames)
    noise = torch.zeros(len(seeds), channels, longest)
    mask = torch.zeros(len(seeds), longest, dtype=torch.bool)
    for i, (seed, count) in enumerate(zip(seeds, frames, strict=True)):
        noise[i, :, :count] = noise_for_seeds([seed], channels, count)[0]
        mask[i, :count] = True
    return noise, mask


def _plain(value: Any) -> Any:
    if isinstance(value, Waveform):
        return f"clip of {value.seconds:.3f} s at {value.sample_rate_hz} Hz"
    return value if isinstance(value, str | int | float | bool) else str(value)
