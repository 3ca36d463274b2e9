"""What depends on the conditions only, or on the time only, before the transformer.

Shapes: B batch, T_ctx context, T_pre prefix, T_al aligned tokens, D width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

TIME_FEATURES = 256


@dataclass(frozen=True)
class EmbeddedConditioning:
    """A `Conditioning` at the transformer's width: the same at every step of a generation.

    Masks are `None` where every token is valid.

    Attributes:
        context: (B, T_ctx, D) or `None`.
        context_mask: (B, T_ctx) bool or `None`.
        prefix: (B, T_pre, D) before the time is added, or `None`.
        prefix_mask: (B, T_pre) bool or `None`.
        aligned: (B, T_al, D) before time and interpolation, or `None`.
        aligned_counts: (B,) numbers of valid aligned tokens, or `None`.
    """

    context: Tensor | None = None
    context_mask: Tensor | None = None
    prefix: Tensor | None = None
    prefix_mask: Tensor | None = None
    aligned: Tensor | None = None
    aligned_counts: Tensor | None = None

    def without_context(self) -> EmbeddedConditioning:
        """Return a copy for the unconditional branch: same low-level stream, no context."""
        return replace(self, context=None, context_mask=None)


class FourierFeatures(nn.Module):
    """Cosines and sines of the time at learned frequencies."""

    def __init__(self) -> None:
        """Reserve one frequency per pair of features."""
        super().__init__()
        self.weight = nn.Parameter(torch.empty(TIME_FEATURES // 2, 1))

    def forward(self, t: Tensor) -> Tensor:
        """Return (B, 256) float32 from t (B,) in [0, 1]; float16 under float16 autocast."""
        turns = 2 * math.pi * t.float()[:, None]
        if _is_half_autocast(t.device):
            # The published implementation leaves this product to autocast, which rounds the
            # angles to half precision; only that mode imitates it.
            angles = functional.linear(turns, self.weight)
        else:
            # Element-wise in float32, which bfloat16 autocast leaves alone.
            angles = turns * self.weight.float()[:, 0]
        return torch.cat((angles.cos(), angles.sin()), dim=-1)


def _is_half_autocast(device: torch.device) -> bool:
    kind = device.type
    return torch.is_autocast_enabled(kind) and torch.get_autocast_dtype(kind) is torch.float16


def build_embedder(width_in: int, width: int, *, bias: bool) -> nn.Sequential:
    """Return Linear, SiLU, Linear."""
    return nn.Sequential(
        nn.Linear(width_in, width, bias=bias), nn.SiLU(), nn.Linear(width, width, bias=bias)
    )


def mask_unless_full(mask: Tensor | None) -> Tensor | None:
    """Return the mask, or `None` where it says nothing: kernels without a mask are faster."""
    return None if mask is None or bool(mask.all()) else mask
