"""What solvers are measured on: the tiny model of the goldens, or a trained run.

Shapes: B batch, C channels, T frames.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ...core.catalog import Catalog
from ...core.conditioning import Conditioning
from ...core.errors import DataError
from ...core.flow.config import SamplingConfig
from ...core.flow.guidance import GuidedVelocity
from ...core.flow.noise import draw_noise, seeded_generators
from ...core.models.config import DiTConfig
from ...core.models.dit import DiT
from ...core.training.checkpoint import load_checkpoint
from ...core.training.held_out import held_out_rows
from ...core.training.restore import restore_model, saved_recipe
from ...core.training.run_facts import pick_device

GOLDEN = "sampler_tiny"
GOLDEN_GUIDANCE = 6.0
WEIGHTS, INPUTS = "w/model.model.", "in/common/"


@dataclass(frozen=True)
class CaseSampler:
    """Integrates the same clips with any solver.

    Attributes:
        name: what is sampled, in words.
        guidance_scale: of all clips.
        sample: maps a solver's name and a number of steps to latents (C, T), one per clip.
    """

    name: str
    guidance_scale: float
    sample: Callable[[str, int], list[Tensor]]


def golden_sampler(
    folder: Path, catalog: Catalog, clips: int, guidance_scale: float | None, device: str
) -> CaseSampler:
    """Return the sampler of the goldens' tiny model: its own noise first, then seeded noise.

    Raises:
        DataError: if the folder does not hold the model.
    """
    from safetensors.torch import load_file

    path, target = folder / f"{GOLDEN}.safetensors", pick_device(device)
    if not path.is_file():
        raise DataError(f"{path} does not exist; give the folder that holds the goldens.")
    tensors = {k: v.to(target) for k, v in load_file(path).items()}
    sizes = json.loads(path.with_suffix(".json").read_text())["diffusion_config"]
    config = DiTConfig(
        width=sizes["embed_dim"],
        depth=sizes["depth"],
        heads=sizes["num_heads"],
        condition_width=sizes["cond_token_dim"],
        aligned=False,
    )
    dit = DiT(config, sizes["io_channels"]).to(target).eval().requires_grad_(False)
    dit.load_state_dict(
        {k.removeprefix(WEIGHTS): v for k, v in tensors.items() if k.startswith(WEIGHTS)}
    )
    inputs = {k.removeprefix(INPUTS): v for k, v in tensors.items() if k.startswith(INPUTS)}
    conditioning = Conditioning(
        context=inputs["cross_attn_cond"],
        context_mask=inputs["cross_attn_mask"].bool(),
        prefix=inputs["global_cond"],
    )
    scale = GOLDEN_GUIDANCE if guidance_scale is None else guidance_scale
    velocity = GuidedVelocity(dit, conditioning, scale)
    noises = [inputs["noise"], *_seeded_noise(inputs["noise"], clips)]

    def sample(solver: str, steps: int) -> list[Tensor]:
        method = catalog.solvers.load(solver)()
        ends = [method.integrate(velocity, noise, steps) for noise in noises]
        return list(torch.cat(ends)[:clips])

    return CaseSampler(f"goldens, {GOLDEN}", scale, sample)


def _seeded_noise(like: Tensor, clips: int) -> list[Tensor]:
    """Return batches of noise like the given one, enough for the clips that it leaves."""
    batch, channels, frames = like.shape
    batches = -(-max(0, clips - batch) // batch)
    return [
        draw_noise(
            seeded_generators(range(i * batch, (i + 1) * batch)), channels, [frames] * batch
        )[0].to(like.device)
        for i in range(batches)
    ]


def model_sampler(
    folder: Path, catalog: Catalog, clips: int, guidance_scale: float | None, device: str
) -> CaseSampler:
    """Return the sampler of a trained run: held-out rows of every task, each with its own seed.

    Raises:
        CheckpointError: if there is no sound checkpoint.
        DataError: if the run's sources keep no rows back.
    """
    pipeline = restore_model(folder, catalog, device)
    recipe = saved_recipe(load_checkpoint(folder))
    scale = pipeline.sampling.guidance_scale if guidance_scale is None else guidance_scale
    encoded = []
    for held_out in held_out_rows(recipe, catalog, clips, pipeline.model.geometry):
        examples = pipeline.examples(held_out.task, held_out.rows)
        prepared = [pipeline.model.prepare(example) for example in examples]
        encoded.append(pipeline.model.encode(prepared))
    if not encoded:
        raise DataError(
            f"The sources of {folder} keep no rows back; add evaluation.sources to its recipe."
        )

    def sample(solver: str, steps: int) -> list[Tensor]:
        sampling = SamplingConfig(solver=solver, steps=steps, guidance_scale=scale)
        latents = []
        for batch in encoded:
            latents += pipeline.sample(batch, range(len(batch)), sampling)
        return latents

    return CaseSampler(str(folder), scale, sample)
