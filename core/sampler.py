"""From prepared examples to clips: noise, solver and decoder.

Shapes: B batch, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .catalog import Catalog
from .data.records import EncodedExample, PreparedExample
from .errors import SamplingError
from .execution import ExecutionConfig, prepare_velocity
from .flow.config import SamplingConfig
from .flow.guidance import GuidedVelocity
from .flow.noise import draw_noise, seeded_generators
from .media.waveform import Waveform
from .models.audio_omni import AudioOmniModel

OnStep = Callable[[int, float], None]


class Sampler:
    """Samples from one model; holds no state between calls."""

    def __init__(self, model: AudioOmniModel, catalog: Catalog, execution: ExecutionConfig) -> None:
        """Keep what every sample is made with.

        Args:
            model: the networks.
            catalog: where solvers are looked up.
            execution: what to trade for speed and memory.
        """
        self.model = model
        self.catalog = catalog
        self.execution = execution

    @torch.no_grad()
    def generate(
        self,
        prepared: Sequence[PreparedExample],
        seeds: Sequence[int],
        sampling: SamplingConfig,
        on_step: OnStep | None,
    ) -> list[Waveform]:
        """Generate one clip per example, all in one batch; see `Pipeline.run`.

        Raises:
            UnknownNameError: for an unknown solver.
            SamplingError: if a step or the decoder yields a non-finite value.
        """
        was_training = self.model.training
        self.model.eval()
        try:
            encoded = self.model.encode(prepared)
            latents = self.sample(encoded, seeds, sampling, on_step)
            return [
                self.decode(latent, item) for latent, item in zip(latents, encoded, strict=True)
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
        frames = [model.frames(item.samples) for item in encoded]
        # An item's noise comes first from its generator, then what its conditioners draw.
        generators = seeded_generators(
            seeds, model.device if sampling.noise_device == "model" else "cpu"
        )
        noise, frame_mask = draw_noise(generators, model.codec.latent_dim, frames)
        solver = self.catalog.solvers.load(sampling.solver)()
        conditioning = model.conditioning(encoded, generators)
        with model.visiting(model.dit):
            velocity = GuidedVelocity(
                model.dit,
                conditioning,
                sampling.guidance_scale,
                frame_mask=None if bool(frame_mask.all()) else frame_mask.to(model.device),
            )
            run = prepare_velocity(velocity, self.execution)
            latents = solver.integrate(run, noise.to(model.device), sampling.steps, on_step)
        return [latents[i, :, :count] for i, count in enumerate(frames)]

    def decode(self, latent: Tensor, item: EncodedExample) -> Waveform:
        """Return the clip of a latent (D, T), as long as its example says.

        Raises:
            SamplingError: if the decoder yields a non-finite value.
        """
        geometry = self.model.geometry
        codec, chunk = self.model.codec, self.execution.decode_chunk_frames
        with self.model.visiting(codec):
            decoded = (
                codec.decode(latent[None])
                if chunk is None
                else codec.decode_chunked(latent[None], chunk)
            )[0]
        samples = decoded[:, item.skip : item.samples].float().cpu()
        if not bool(torch.isfinite(samples).all()):
            raise SamplingError(
                f"{item.task}: the codec made samples that are not finite of a latent within ±"
                f"{float(latent.abs().max()):.3g}. Use a smaller guidance scale, more steps, or a "
                "checkpoint that was trained longer."
            )
        return Waveform(samples, geometry.sample_rate_hz)
