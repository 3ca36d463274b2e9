"""A step of sampling at the lowest cost that leaves the numbers as they are.

What does not depend on x or t is computed once per generation: `prepare`. What it spares at every
step, against `DiT.forward` over both branches of guidance: projections of conditions, keys and
values of the context in every block, padded context tokens, cross-attention in the branch without
a context, the first self-attention of the second branch, and the last block's prefix.

Shapes: B batch, R rows = branches · B, C channels, T frames, N latent tokens, T_pre prefix tokens,
T_ctx context tokens that are valid in the longest item, D width, H heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ..conditioning import Conditioning
from .attention import KeysValues, Rotation
from .dit import DiT, positions
from .transformer import Block

RunBlock = Callable[..., Tensor]
"""`Block.step`, or a compiled form of it."""


@dataclass(frozen=True)
class Prepared:
    """What all steps of a generation share.

    Attributes:
        branches: how many velocities a step computes for every item.
        prefix: (B, T_pre, D) before the time is added, or `None`.
        aligned: (B, N, D) aligned tokens before the time is added, or `None`.
        context: keys and values of every block, (rows with a context, T_ctx, H, D / H) each;
            empty if no branch has one.
        context_mask: (rows with a context, T_ctx) bool; `None` where all tokens are valid.
        frame_mask: (B, T) bool or `None`.
        masks: of the sequence, (B, T_pre + N) and (R, T_pre + N) bool, or `None`.
        rotations: of the positions of B and of R rows.
    """

    branches: int
    prefix: Tensor | None
    aligned: Tensor | None
    context: tuple[KeysValues, ...]
    context_mask: Tensor | None
    frame_mask: Tensor | None
    masks: tuple[Tensor | None, Tensor | None]
    rotations: tuple[Rotation, Rotation]


def prepare(
    dit: DiT,
    conditioning: Conditioning,
    x: Tensor,
    frame_mask: Tensor | None = None,
    contexts: Sequence[Tensor | None] | None = None,
) -> Prepared:
    """Return what all steps share for latents shaped like x.

    Args:
        dit: the velocity network.
        conditioning: conditions of the batch.
        x: (B, C, T) latents; only their shape and device matter.
        frame_mask: (B, T) bool, true where a frame is valid; `None` when all are.
        contexts: (B, T_ctx, D_c) or `None` for each branch, all under the mask of the
            conditioning's own; those without come last. Left out: one branch, its own context.

    Raises:
        RequestError: if x or frame_mask have the wrong shape.
        ContractError: for aligned conditions where the config says that there are none.
    """
    dit.check_inputs(x, x.new_zeros(len(x)), frame_mask)
    contexts = [conditioning.context] if contexts is None else contexts
    given = [context for context in contexts if context is not None]
    assert all(context is None for context in contexts[len(given) :])  # noqa: S101 - see Args
    context, context_mask = _embed_contexts(dit, given, conditioning.context_mask)
    low_level = dit.embed_conditioning(_cast(conditioning.without_context(), dit.dtype))
    aligned = None
    if low_level.aligned is not None:
        aligned = dit.aligned_tokens(dit.align(low_level, frame_mask, x.shape[-1]))
    latent = dit.latent_tokens(x.to(dit.dtype), frame_mask)
    prefix_shape = (len(x), 1) if low_level.prefix is None else low_level.prefix.shape[:2]
    mask = dit.sequence_mask(prefix_shape, low_level.prefix_mask, frame_mask, latent)
    rotation = dit.transformer.rotary_pos_emb(
        positions(mask, prefix_shape[1] + latent.shape[1], x.device)
    )
    rows = len(contexts)
    all_masks = None if mask is None else mask.repeat(rows, 1)
    all_rotations = rotation if mask is None else tuple(r.repeat(rows, 1, 1, 1) for r in rotation)
    return Prepared(
        branches=rows,
        prefix=low_level.prefix,
        aligned=aligned,
        context=context,
        context_mask=context_mask,
        frame_mask=frame_mask,
        masks=(mask, all_masks),
        rotations=(rotation, all_rotations),
    )


def step(
    dit: DiT, x: Tensor, t: Tensor, prepared: Prepared, run_block: RunBlock = Block.step
) -> Tensor:
    """Return the velocities (R, C, T) of every branch at x (B, C, T) and t (B,), branch by branch.

    Computed in the type of the weights, returned in that of x (under autocast: as it comes).
    """
    p, narrow = prepared, x.to(dit.dtype)
    time = dit.embed_time(t)
    prefix = time[:, None] if p.prefix is None else p.prefix + time[:, None]
    latent = dit.latent_tokens(narrow, p.frame_mask)
    if p.aligned is not None:
        latent = latent + p.aligned + dit.aligned_tokens(_one_token(dit, time))
    hidden = torch.cat((prefix, latent), dim=1)
    last = len(dit.transformer.layers) - 1
    for i, layer in enumerate(dit.transformer.layers):
        hidden = run_block(
            layer,
            hidden,
            p.rotations[min(i, 1)],
            p.masks[min(i, 1)],
            p.context[i] if p.context else None,
            p.context_mask,
            branches=1 if i else p.branches,
            first=prefix.shape[1] if i == last else 0,
        )
    frame_mask = None if p.frame_mask is None else p.frame_mask.repeat(p.branches, 1)
    velocity = dit.read_velocity(hidden, x.shape[-1], frame_mask)
    return velocity if narrow is x else velocity.to(x.dtype)


def drop_padding(
    contexts: Sequence[Tensor], mask: Tensor | None
) -> tuple[list[Tensor], Tensor | None]:
    """Return contexts (B, T_ctx, D_c) with their valid tokens only, and what mask is left.

    The valid tokens of every item move to the front, in their order, and the rest is cut to the
    longest item; where all items are equally long, no mask is left.
    """
    if mask is None or bool(mask.all()):
        return list(contexts), None
    counts = mask.sum(dim=1)
    longest = int(counts.max())
    order = (~mask).to(torch.uint8).argsort(dim=1, stable=True)[:, :longest]
    kept = [c.gather(1, order[..., None].expand(-1, -1, c.shape[-1])) for c in contexts]
    left = torch.arange(longest, device=mask.device) < counts[:, None]
    return kept, None if bool(left.all()) else left


def _embed_contexts(
    dit: DiT, contexts: Sequence[Tensor], mask: Tensor | None
) -> tuple[tuple[KeysValues, ...], Tensor | None]:
    """Return keys and values of every block, and the mask of their rows."""
    kept, left = drop_padding(contexts, mask)
    if not kept or not kept[0].shape[1]:  # no valid token at all: cross-attention adds nothing
        return (), None
    embedded = dit.to_cond_embed(torch.cat(kept).to(dit.dtype))
    keys_values = []
    for layer in dit.transformer.layers:
        k, v = layer.cross_attn.project_context(embedded)  # type: ignore[operator, union-attr]
        # The two halves of one projection: apart, every step reads them without strides.
        keys_values.append((k.contiguous(), v.contiguous()))
    return tuple(keys_values), None if left is None else left.repeat(len(kept), 1)


def _cast(conditioning: Conditioning, dtype: torch.dtype) -> Conditioning:
    def cast(tokens: Tensor | None) -> Tensor | None:
        return None if tokens is None else tokens.to(dtype)

    return replace(
        conditioning, prefix=cast(conditioning.prefix), aligned=cast(conditioning.aligned)
    )


def _one_token(dit: DiT, time: Tensor) -> Tensor:
    """Return τ on every frame of one token, (B, P, D): a linear layer of a sum is a sum."""
    return time[:, None].expand(-1, dit.config.patch_frames, -1)
