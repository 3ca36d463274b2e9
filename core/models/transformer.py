"""The stack of pre-norm blocks between the latent's projections.

Module names follow the released checkpoint, so that its keys need no renaming.
Shapes: B batch, T tokens, T_ctx context tokens, D width, F features of a latent token.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from .attention import CrossAttention, KeysValues, Rotation, SelfAttention
from .rope import RotaryEmbedding

FEEDFORWARD_FACTOR = 4
NORM_EPS = 1e-5


class GainNorm(nn.Module):
    """Layer normalisation with a learned gain; the bias is a buffer that stays zero.

    The buffer exists because the released checkpoint stores it.
    """

    beta: Tensor

    def __init__(self, width: int) -> None:
        """Start from a gain of one."""
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))
        self.register_buffer("beta", torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        """Return x (B, T, D) with mean 0 and variance 1 over D, times the gain."""
        return functional.layer_norm(x, (len(self.gamma),), self.gamma, self.beta, NORM_EPS)


class SwiGLU(nn.Module):
    """A linear layer whose second half gates the first.

    Source: Shazeer 2020, "GLU Variants Improve Transformer".
    """

    def __init__(self, width: int, inner: int) -> None:
        """Build the projection to value and gate."""
        super().__init__()
        self.proj = nn.Linear(width, 2 * inner)

    def forward(self, x: Tensor) -> Tensor:
        """Return value · SiLU(gate), (B, T, inner)."""
        value, gate = self.proj(x).chunk(2, dim=-1)
        gated: Tensor = value * functional.silu(gate)
        return gated


class FeedForward(nn.Module):
    """SwiGLU to four times the width, and back."""

    def __init__(self, width: int) -> None:
        """Build both layers; the identity keeps the release's index of the second."""
        super().__init__()
        inner = FEEDFORWARD_FACTOR * width
        self.ff = nn.Sequential(SwiGLU(width, inner), nn.Identity(), nn.Linear(inner, width))

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, T, D)."""
        out: Tensor = self.ff(x)
        return out


class Block(nn.Module):
    """Self-attention, cross-attention and feed-forward, each pre-normalised and residual."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the three parts."""
        super().__init__()
        self.pre_norm = GainNorm(width)
        self.self_attn = SelfAttention(width, heads)
        self.cross_attend_norm = GainNorm(width)
        self.cross_attn = CrossAttention(width, heads)
        self.ff_norm = GainNorm(width)
        self.ff = FeedForward(width)

    def forward(
        self,
        x: Tensor,
        rotation: Rotation,
        mask: Tensor | None,
        context: Tensor | None,
        context_mask: Tensor | None,
    ) -> Tensor:
        """Return (B, T, D); without a context, cross-attention is skipped."""
        x = x + self.self_attn(self.pre_norm(x), rotation, mask)
        if context is not None:
            keys_values = self.cross_attn.project_context(context)
            x = x + self.cross_attn(self.cross_attend_norm(x), keys_values, context_mask)
        out: Tensor = x + self.ff(self.ff_norm(x))
        return out

    def step(
        self,
        x: Tensor,
        rotation: Rotation,
        mask: Tensor | None,
        context: KeysValues | None,
        context_mask: Tensor | None,
        *,
        branches: int = 1,
        first: int = 0,
    ) -> Tensor:
        """Return what `forward` gives, without the work that a generation can spare.

        Args:
            x: (B, T, D).
            rotation: cosine and sine from `RotaryEmbedding`.
            mask: (B, T) bool, true where valid; `None` when all are.
            context: keys and values of the first rows of the batch; the other rows have no
                context, so they skip cross-attention. `None`: no row has one.
            context_mask: mask of those rows; `None` when all are valid.
            branches: copies to make of every row before the context is read. Branches of guidance
                are the same until the first block's cross-attention.
            first: tokens before it are read but not returned. Nothing reads the last block's
                prefix.

        Returns:
            (branches · B, T − first, D).
        """
        x = x[:, first:] + self.self_attn.attend_from(self.pre_norm(x), rotation, mask, first)
        if branches > 1:
            x = x.repeat(branches, 1, 1)
        if context is not None:
            rows = len(context[0])
            head = x[:rows]
            head = head + self.cross_attn(self.cross_attend_norm(head), context, context_mask)
            x = head if rows == len(x) else torch.cat((head, x[rows:]))
        out: Tensor = x + self.ff(self.ff_norm(x))
        return out


class Transformer(nn.Module):
    """Projections of the latent around a stack of blocks. There is no final norm.

    Attributes:
        recomputes: whether training keeps only what enters each block, and computes the rest again
            for the backward pass.
    """

    def __init__(self, features: int, width: int, depth: int, heads: int) -> None:
        """Build ``depth`` blocks between F features in and out."""
        super().__init__()
        self.project_in = nn.Linear(features, width, bias=False)
        self.rotary_pos_emb = RotaryEmbedding(width // heads)
        self.layers = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.project_out = nn.Linear(width, features, bias=False)
        self.recomputes = False

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        mask: Tensor | None = None,
        context: Tensor | None = None,
        context_mask: Tensor | None = None,
    ) -> Tensor:
        """Run the blocks over tokens that are already at full width.

        Args:
            x: (B, T, D), prefix first, then latent tokens.
            positions: (T,) or (B, T).
            mask: (B, T) bool, true where valid; `None` when all are.
            context: (B, T_ctx, D) embedded context, or `None`.
            context_mask: (B, T_ctx) bool; `None` when all are valid.

        Returns:
            (B, T, D).
        """
        rotation = self.rotary_pos_emb(positions)
        recomputes = self.recomputes and torch.is_grad_enabled()
        for layer in self.layers:
            given = (x, rotation, mask, context, context_mask)
            x = _forgetting(layer, *given) if recomputes else layer(*given)
        return x


def _forgetting(layer: nn.Module, *given: Any) -> Tensor:
    """Return a layer's output; what is needed for its gradient is computed again when it is due.

    Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost".
    """
    out: Tensor = checkpoint(layer, *given, use_reentrant=False, preserve_rng_state=False)
    return out
