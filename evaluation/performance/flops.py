"""Floating-point operations of a guided step, counted from the sizes of its matrix products.

A product of (m, k) and (k, n) counts 2 m k n; what is done element by element is left out.
Source: Chowdhery et al. 2022, "PaLM", appendix B (model-FLOP utilisation).
"""

from __future__ import annotations

from ...core.models.embedding import TIME_FEATURES
from ...core.models.flops import (
    BLOCK_CROSS,
    BLOCK_FEEDFORWARD,
    BLOCK_SELF,
    DiTShape,
    forward_flop,
)
from .shapes import Shape


def needed_flop_per_step(shape: Shape) -> float:
    """Return what a step needs once all that can be spared is: the numerator of utilisation."""
    d, depth = shape.dit.width, shape.dit.depth
    sequence, context = _prefix(shape) + shape.tokens, sum(shape.context_valid)
    products = _input_output(shape, outputs=2)
    if shape.aligned_tokens:
        products += shape.dit.patch_frames * d**2  # of the time
    for i in range(depth):
        rows = 1 if i == 0 else 2
        queries = shape.tokens if i == depth - 1 else sequence
        products += rows * (BLOCK_SELF / 2 * (sequence + queries) * d**2)
        products += rows * 2 * queries * sequence * d
        products += queries * (BLOCK_CROSS * d**2 + 2 * context * d)
        products += 2 * queries * BLOCK_FEEDFORWARD * d**2
    return 2.0 * products


def naive_flop_per_step(shape: Shape) -> float:
    """Return what a step costs that recomputes everything for both branches."""
    lengths = DiTShape(
        frames=shape.frames,
        context=sum(shape.context_tokens),
        prefix=shape.prefix_tokens,
        aligned=shape.aligned_tokens,
    )
    return 2.0 * forward_flop(shape.dit, shape.latent_channels, lengths)


def _prefix(shape: Shape) -> int:
    return max(1, shape.prefix_tokens)  # without a prefix, the time stands alone


def _input_output(shape: Shape, outputs: int) -> float:
    """Return products of the time, of the latents in, and of ``outputs`` branches out."""
    d, c = shape.dit.width, shape.latent_channels
    one_way = shape.frames * c * (c + d)
    return TIME_FEATURES * d + d**2 + (1 + outputs) * one_way
