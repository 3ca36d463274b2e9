"""Operations of the velocity network, counted from the sizes of its matrix products.

A product of (m, k) and (k, n) counts 2 m k n; what is done element by element is left out.
Source: Chowdhery et al. 2022, "PaLM", appendix B (model-FLOP utilisation).
"""

from __future__ import annotations

from dataclasses import dataclass

from .config import DiTConfig
from .embedding import TIME_FEATURES

BLOCK_SELF = 4  # widths squared per token: queries, keys, values, output
BLOCK_CROSS = 2  # queries, output
BLOCK_FEEDFORWARD = 12  # to value and gate of four widths, and back
BLOCK_CONTEXT = 2  # keys and values


@dataclass(frozen=True)
class DiTShape:
    """The lengths of one example, means over a mixture allowed.

    Attributes:
        frames: latent frames, a whole number of tokens.
        context: context tokens, padding included.
        prefix: tokens before the latents; without any, the time stands alone.
        aligned: tokens on axis `channel`.
    """

    frames: float
    context: float = 0.0
    prefix: float = 0.0
    aligned: float = 0.0

    def sequence(self, patch_frames: int) -> float:
        """Return the tokens of the transformer."""
        return max(1.0, self.prefix) + self.frames / patch_frames


def forward_flop(dit: DiTConfig, latent_channels: int, shape: DiTShape) -> float:
    """Return what one velocity of one example costs, with its conditions, by `DiT.forward`."""
    d, width = dit.width, dit.condition_width
    sequence, context = shape.sequence(dit.patch_frames), shape.context
    per_token = BLOCK_SELF + BLOCK_FEEDFORWARD + (BLOCK_CROSS if context else 0)
    block = sequence * per_token * d**2 + 2 * sequence * (sequence + context) * d
    block += BLOCK_CONTEXT * context * d**2
    embedded = context + shape.prefix + shape.aligned
    products = embedded * (width * d + d**2) + dit.depth * block
    products += TIME_FEATURES * d + d**2 + 2 * _one_way(dit, latent_channels, shape)
    if shape.aligned:
        products += shape.frames * d**2
    return 2.0 * products


def backward_flop(
    dit: DiTConfig, latent_channels: int, shape: DiTShape, *, weights: bool = True
) -> float:
    """Return what its gradients cost: of what goes into a layer, and of its weights.

    Nothing asks for the gradient of the noisy latents themselves.

    Args:
        dit: sizes.
        latent_channels: of the codec.
        shape: lengths of the example.
        weights: whether the transformer's own weights are trained; beside low-rank adapters, they
            are not, and what goes in is all.
    """
    forward = forward_flop(dit, latent_channels, shape)
    if weights:
        return 2 * forward - 2.0 * shape.frames * latent_channels**2
    return forward - 2.0 * _one_way(dit, latent_channels, shape)


def _one_way(dit: DiTConfig, latent_channels: int, shape: DiTShape) -> float:
    """Return products of the latents in, which are those out."""
    return shape.frames * latent_channels * (latent_channels + dit.width)
