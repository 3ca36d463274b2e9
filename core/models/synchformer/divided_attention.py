"""Attention over a video that looks along time or across a frame, never both at once.

Shapes: S segments, F frames (pairs of video frames), N places in a frame, D width, H heads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..attention_backends import attend

EPS = 1e-6


class DividedAttention(nn.Module):
    """Attention in groups of patches; a class token reads all of them, and all read it.

    Source: Bertasius et al. 2021, "Is Space-Time Attention All You Need for Video
    Understanding?", with the class token of Bain et al. 2021, "Frozen in Time".
    """

    def __init__(self, width: int, heads: int, *, over_time: bool) -> None:
        """Group the patches of one place (``over_time``), or else those of one frame."""
        super().__init__()
        self.heads = heads
        self.over_time = over_time
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Return what each token of x (S, 1 + F · N, D) reads; the class token comes first."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).unbind(2)
        of_class = attend(q[:, :1], k, v)
        grouped = attend(
            self._grouped(q, frames).flatten(0, 1),
            self._with_class(k, frames).flatten(0, 1),
            self._with_class(v, frames).flatten(0, 1),
        ).unflatten(0, (len(x), -1))
        of_patches = (grouped.transpose(1, 2) if self.over_time else grouped).flatten(1, 2)
        return self.proj(torch.cat([of_class, of_patches], dim=1).flatten(-2))

    def _grouped(self, x: Tensor, frames: int) -> Tensor:
        """Return the patches (S, groups, patches in a group, H, D / H) of all tokens, as a view."""
        x = x[:, 1:].unflatten(1, (frames, -1))
        return x.transpose(1, 2) if self.over_time else x

    def _with_class(self, x: Tensor, frames: int) -> Tensor:
        """Return the same with the class token before the patches of every group."""
        patches = self._grouped(x, frames)
        of_class = x[:, None, :1].expand(-1, patches.shape[1], -1, -1, -1)
        return torch.cat([of_class, patches], dim=2)


class Mlp(nn.Module):
    """Two layers with a GELU between them, four times as wide inside."""

    def __init__(self, width: int) -> None:
        """Build both layers."""
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return (…, D) of x (…, D)."""
        return self.fc2(functional.gelu(self.fc1(x)))


class DividedBlock(nn.Module):
    """Attention along time, then across each frame, then an MLP, each added to what it read."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the layers; ``norm3`` belongs to time, as in the published weights."""
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPS)
        self.attn = DividedAttention(width, heads, over_time=False)
        self.timeattn = DividedAttention(width, heads, over_time=True)
        self.norm2 = nn.LayerNorm(width, eps=EPS)
        self.mlp = Mlp(width)
        self.norm3 = nn.LayerNorm(width, eps=EPS)

    def forward(self, x: Tensor, frames: int) -> Tensor:
        """Return (S, 1 + F · N, D) of x, shaped like it."""
        x = x + self.timeattn(self.norm3(x), frames)
        x = x + self.attn(self.norm1(x), frames)
        return x + self.mlp(self.norm2(x))
