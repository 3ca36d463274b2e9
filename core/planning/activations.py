"""What a forward pass keeps for its backward pass, counted from the sizes of its layers.

What matrix products read and write has ``element`` bytes, and so has the residual stream between
them. Autocast brings norms to float32 on CUDA, where they keep a copy of what they read. Kept views
keep the whole of what they are a part of: values of attention all three of queries, keys and
values, a gate both halves of its projection.

Shapes: S tokens of the transformer, C context tokens, D width, H heads.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..models.config import DiTConfig
from ..models.flops import DiTShape

FLOAT32 = 4
NORMS = 3
"""Per block; each keeps the residual stream that it read, and two statistics a token."""
ATTENTIONS = 2
BLOCK_WIDTHS = {
    "normalised": NORMS,
    "queries, keys and values": 3,
    "rotated queries and keys": 2,
    "queries of the context": 1,
    "attention": ATTENTIONS,
    "value and gate": 8,
    "SiLU of the gate": 4,
    "gated value": 4,
}
"""Numbers that a block keeps for each token, in widths D."""


@dataclass(frozen=True)
class Activations:
    """Bytes that one example keeps.

    Attributes:
        embedding: around the blocks: conditions, latents, the velocity.
        blocks: in all blocks together.
        block: in one block.
        inputs: what enters the blocks, which is all that checkpointing keeps of them.
    """

    embedding: float
    blocks: float
    block: float
    inputs: float

    def peak(self, *, checkpointing: bool) -> float:
        """Return the most that is kept at a time: with checkpointing, one block is computed anew.

        Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
        """
        kept = self.inputs + self.block if checkpointing else self.blocks
        return self.embedding + kept


def activations(
    dit: DiTConfig,
    latent_channels: int,
    shape: DiTShape,
    *,
    element: int,
    norm: int = FLOAT32,
    masked: bool = True,
) -> Activations:
    """Return what `DiT.forward` keeps of one example.

    Args:
        dit: sizes.
        latent_channels: of the codec.
        shape: lengths of the example.
        element: bytes of what matrix products read and write: 2 under bfloat16 autocast, else 4.
        norm: bytes of what norms read: 4, but ``element`` under autocast on a CPU.
        masked: whether some of a batch is padding: attention is then multiplied by a mask.
    """
    stream = shape.sequence(dit.patch_frames) * dit.width
    block = _block(dit, shape, element=element, norm=norm, masked=masked)
    return Activations(
        embedding=_embedding(dit, latent_channels, shape, element),
        blocks=dit.depth * block,
        block=block,
        inputs=dit.depth * stream * element,
    )


def _block(dit: DiTConfig, shape: DiTShape, *, element: int, norm: int, masked: bool) -> float:
    sequence, d = shape.sequence(dit.patch_frames), dit.width
    widths = dict(BLOCK_WIDTHS)
    norms, attentions = NORMS, ATTENTIONS
    if not shape.context:  # cross-attention is skipped
        norms, attentions = NORMS - 1, ATTENTIONS - 1
        widths |= {"normalised": norms, "attention": attentions, "queries of the context": 0}
    if masked:
        widths["masked attention"] = attentions
    kept = sum(widths.values()) * sequence * d * element + 2 * shape.context * d * element
    kept += norms * sequence * (d * norm + 2 * FLOAT32)
    return kept + attentions * sequence * dit.heads * FLOAT32  # log-sums of attention


def _embedding(dit: DiTConfig, latent_channels: int, shape: DiTShape, element: int) -> float:
    d, width = dit.width, dit.condition_width
    conditions = shape.context + shape.prefix + shape.aligned
    kept = conditions * (width + 2 * d) * element  # what goes in, before and behind the SiLU
    kept += shape.context * d * element  # read by every block
    if shape.aligned:
        kept += shape.frames * d * element
    kept += shape.sequence(dit.patch_frames) * d * element  # what the velocity is read from
    return kept + 6 * shape.frames * latent_channels * FLOAT32
