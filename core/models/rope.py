"""Rotary positions on the first dimensions of each head.

Shapes: B batch, T tokens, H heads, D_h width of a head, R rotated dimensions (R ≤ D_h).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MIN_ROTATED = 32
BASE = 10000.0


class RotaryEmbedding(nn.Module):
    """Turns positions into rotations; only the first max(D_h / 2, 32) dimensions turn.

    Attributes:
        inv_freq: (R / 2,) angular frequencies, 10000^(−2i/R).

    Source: Su et al. 2021, "RoFormer"; partial rotation as in the released checkpoint.
    """

    inv_freq: Tensor

    def __init__(self, head_width: int) -> None:
        """Compute the frequencies for heads of ``head_width`` dimensions."""
        super().__init__()
        rotated = min(head_width, max(head_width // 2, MIN_ROTATED))
        exponents = torch.arange(0, rotated, 2, dtype=torch.float32) / rotated
        self.register_buffer("inv_freq", 1.0 / BASE**exponents)

    def angles(self, positions: Tensor) -> Tensor:
        """Return angles (..., T, R), both halves alike, from positions (..., T)."""
        # float32 whatever the autocast: bfloat16 cannot tell position 257 from 258.
        half = positions.float()[..., None] * self.inv_freq.float()
        return torch.cat((half, half), dim=-1)

    def forward(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Return cosine and sine, (1 or B, T, 1, R), from positions (T,) or (B, T)."""
        angles = self.angles(positions if positions.ndim == 2 else positions[None])[:, :, None]
        return angles.cos(), angles.sin()


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Return x (B, T, H, D_h) with its first R dimensions rotated; the rest as it is.

    Args:
        x: queries or keys.
        cosine: (1 or B, T, 1, R).
        sine: (1 or B, T, 1, R).
    """
    rotated = cosine.shape[-1]
    head = x[..., :rotated]
    first, second = head.chunk(2, dim=-1)
    turned = head * cosine + torch.cat((-second, first), dim=-1) * sine
    if rotated == x.shape[-1]:
        return turned.to(x.dtype)
    return torch.cat((turned.to(x.dtype), x[..., rotated:]), dim=-1)
