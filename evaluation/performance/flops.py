"""Floating-point operations of a guided step, counted from the sizes of its matrix products.

A product of (m, k) and (k, n) counts 2 m k n; what is done element by element is left out.
Source: Chowdhery et al. 2022, "PaLM", appendix B (model-FLOP utilisation).
"""

from __future__ import annotations

from .shapes import Shape

BLOCK_SELF = 4  # widths squared per token: queries, keys, values, output
BLOCK_CROSS = 2  # queries, output
BLOCK_FEEDFORWARD = 12  # to value and gate of four widths, and back
TIME_FEATURES = 256


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
    d, width = shape.dit.width, shape.dit.condition_width
    sequence, context = _prefix(shape) + shape.tokens, sum(shape.context_tokens)
    per_token = BLOCK_SELF + BLOCK_CROSS + BLOCK_FEEDFORWARD
    block = sequence * per_token * d**2 + 2 * sequence * (sequence + context) * d
    block += 2 * context * d**2  # keys and values
    embedded = context + shape.prefix_tokens + shape.aligned_tokens
    conditions = embedded * (width * d + d**2)
    if shape.aligned_tokens:
        conditions += shape.frames * d**2
    return 2.0 * 2 * (conditions + shape.dit.depth * block + _input_output(shape, outputs=1))


def _prefix(shape: Shape) -> int:
    return max(1, shape.prefix_tokens)  # without a prefix, the time stands alone


def _input_output(shape: Shape, outputs: int) -> float:
    """Return products of the time, of the latents in, and of ``outputs`` branches out."""
    d, c = shape.dit.width, shape.latent_channels
    one_way = shape.frames * c * (c + d)
    return TIME_FEATURES * d + d**2 + (1 + outputs) * one_way
