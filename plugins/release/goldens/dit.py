"""Kinds ``dit`` and ``dit_full_width_hash``: the transformer and its guidance.

Shapes: B batch, C channels, T frames, L context tokens, D_c width of the conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ....core.conditioning import Condition, Conditioning
from ....core.errors import DataError
from ....core.flow.guidance import GuidedVelocity
from ....core.models.config import DiTConfig
from ....core.models.dit import DiT
from .comparison import Comparison
from .files import Golden
from .recipe import hashed_input, padding
from .subject import Subject
from .weights import load_formula, load_stored

PREFIX = "model.model."
PARTS = "parts"


def build_dit(sizes: Mapping[str, Any]) -> DiT:
    """Return a transformer of the sizes in a release's ``diffusion.config``.

    Raises:
        DataError: if sizes are missing, or context and prefix come in unlike widths.
    """
    try:
        width = sizes["cond_token_dim"]
        if sizes["global_cond_dim"] != width:
            raise DataError(
                f"Got cond_token_dim {width} and global_cond_dim {sizes['global_cond_dim']}; "
                "expected equal widths, as all conditioners of one model have."
            )
        config = DiTConfig(
            width=sizes["embed_dim"],
            depth=sizes["depth"],
            heads=sizes["num_heads"],
            condition_width=width,
            aligned=False,
        )
        return DiT(config, sizes["io_channels"]).eval()
    except KeyError as missing:
        raise DataError(f"The transformer's sizes lack {missing}; got {sorted(sizes)}.") from None


def check_dit(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare velocities, the residual stream after every block, and the embedders."""
    dit = build_dit(golden.setting("diffusion_config"))
    load_stored(dit, golden, PREFIX)
    inputs = golden.inputs("common")
    for name, case in golden.setting("cases").items():
        conditioning = _conditioning(case, inputs)
        results = {"v": _velocity(dit, case, conditioning, inputs)}
        if any(output.startswith("layer") for output in golden.output_names(name)):
            results |= _residual_stream(dit, conditioning, inputs)
        comparison.case(name, results)
    if golden.output_names(PARTS):
        comparison.case(PARTS, _parts(dit, golden, inputs))


def check_dit_full(golden: Golden, comparison: Comparison, subject: Subject) -> None:
    """Compare the velocity at the release's width, alone and guided."""
    dit = build_dit(golden.setting("diffusion_config"))
    load_formula(dit, PREFIX, golden.setting("hash_seed"))
    context = hashed_input(golden, "cross_attn_cond")
    padded, filler = padding(golden)
    context[:, padded] = filler
    mask = torch.ones(context.shape[:2], dtype=torch.bool)
    mask[:, padded] = False
    conditioning = Conditioning(
        context=context, context_mask=mask, prefix=hashed_input(golden, "global_cond")
    )
    x = hashed_input(golden, "x")
    t = torch.full((len(x),), float(golden.setting("t")))
    for name, scale in (("cond", 1.0), ("cfg", float(golden.setting("cfg_scale")))):
        comparison.case(name, {"v": GuidedVelocity(dit, conditioning, scale)(x, t)})


def _conditioning(case: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> Conditioning:
    return Conditioning(
        context=inputs["cross_attn_cond"] if case["cross"] else None,
        context_mask=inputs["cross_attn_mask"].bool() if case["mask"] else None,
        prefix=inputs["global_cond"] if case["glob"] else None,
    )


def _velocity(
    dit: DiT, case: Mapping[str, Any], conditioning: Conditioning, inputs: Mapping[str, Tensor]
) -> Tensor:
    negative = None
    if case.get("negative"):
        negative = Condition(
            inputs["negative_cross_attn_cond"], inputs["negative_cross_attn_mask"].bool()
        )
    velocity = GuidedVelocity(
        dit,
        conditioning,
        case["cfg_scale"],
        rescale=case.get("scale_phi", 0.0),
        negative=negative,
    )
    return velocity(inputs["x"], inputs["t"])


def _residual_stream(
    dit: DiT, conditioning: Conditioning, inputs: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Return the conditional pass's hidden states (B, prefix + T, D) after every block."""
    seen: dict[str, Tensor] = {}
    handles = [
        layer.register_forward_hook(
            lambda _module, _inputs, out, name=f"layer{i}": seen.update({name: out})
        )
        for i, layer in enumerate(dit.transformer.layers)
    ]
    try:
        dit(inputs["x"], inputs["t"], conditioning)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _parts(dit: DiT, golden: Golden, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    frames = golden.tensor(f"out/{PARTS}/rotary_freqs").shape[0]
    return {
        "timestep_features": dit.timestep_features(inputs["t"]),
        "timestep_embed": dit.embed_time(inputs["t"]),
        "cond_embed": dit.to_cond_embed(inputs["cross_attn_cond"]),
        "global_embed": dit.to_global_embed(inputs["global_cond"]),
        "rotary_freqs": dit.transformer.rotary_pos_emb.angles(torch.arange(frames)),
    }
