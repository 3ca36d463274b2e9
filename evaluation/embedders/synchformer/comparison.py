"""What tells how far sound is from pictures: a transformer over the features of both.

Shapes: B windows, N_v and N_a features of what is seen and heard, D width, K = 21 offsets.
Names of weights are those of the published file, below its prefix ``transformer.``.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ....core.models.attention_backends import attend
from ...statistics.sync import CLASSES


class OffsetTransformer(nn.Module):
    """Reads a token that asks, what is seen, a token that parts both, and what is heard.

    Source: Iashin et al. 2024, "Synchformer: Efficient Synchronization from Sparse Cues",
    section 2.
    """

    def __init__(self, width: int, depth: int, heads: int, *, tokens: int) -> None:
        """Build the layers, with fresh weights.

        Args:
            width: D, a multiple of ``heads``.
            depth: blocks.
            heads: attention heads.
            tokens: 2 + N_v + N_a; the network has learned this length only.
        """
        super().__init__()
        self.vis_in_lnorm = nn.LayerNorm(width)
        self.aud_in_lnorm = nn.LayerNorm(width)
        self.OFF_tok = nn.Parameter(torch.zeros(1, 1, width))
        self.MOD_tok = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_emb_cfg = nn.ParameterDict({"pos_emb": torch.zeros(1, tokens, width)})
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.ln_f = nn.LayerNorm(width)
        self.off_head = nn.Linear(width, CLASSES)

    def forward(self, video: Tensor, audio: Tensor) -> Tensor:
        """Return logits (B, K) of features (B, N_v, D) and (B, N_a, D)."""
        asks, parts = (mark.expand(len(video), -1, -1) for mark in (self.OFF_tok, self.MOD_tok))
        seen, heard = self.vis_in_lnorm(video), self.aud_in_lnorm(audio)
        x = torch.cat([asks, seen, parts, heard], dim=1) + self.pos_emb_cfg["pos_emb"]
        for block in self.blocks:
            x = block(x)
        return self.off_head(self.ln_f(x)[:, 0])


class Block(nn.Module):
    """Attention, then two linear layers with a GELU between them, each added to what it read."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        self.ln1 = nn.LayerNorm(width)
        self.ln2 = nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        layers = (nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.mlp = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, N, D) of x, shaped like it."""
        x = x + self.attn(self.ln1(x))
        return x + self.mlp(self.ln2(x))


class Attention(nn.Module):
    """Multi-head attention of each token to all."""

    def __init__(self, width: int, heads: int) -> None:
        """Build the layers, with fresh weights."""
        super().__init__()
        self.heads = heads
        self.key = nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each token of x (B, N, D) reads."""
        layers = (self.query, self.key, self.value)
        q, k, v = (layer(x).unflatten(-1, (self.heads, -1)) for layer in layers)
        return self.proj(attend(q, k, v).flatten(-2))
