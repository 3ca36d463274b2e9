"""Text as features: characters with positions, through ConvNeXt V2 blocks along time.

Shapes: B batch, N tokens of the longest transcript, P positions, L = min(N + 4, P) of them that
are computed, W text width.

Every transcript is filled up to P positions, and fillers count: the response norm of a block sums
over all of them. But a block sees a filler as zero, and reaches three positions far. So the
fourth filler of the longest transcript and all that follow hold the same numbers: it is computed
once and counted as many times as it stands for.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FILLER = 0
KERNEL = 7
REACH = KERNEL // 2
EXPANSION = 2
MAX_PERIOD = 10000.0


class TextEncoder(nn.Module):
    """An embedding, a table of positions and blocks; fillers are zero before and after each.

    Source: Chen et al. 2024, "F5-TTS" (text of ConvNeXt V2 blocks, filler tokens).
    """

    def __init__(self, entries: int, width: int, blocks: int, positions: int) -> None:
        """Build with ``entries`` tokens besides the filler, which has row 0 of the embedding."""
        super().__init__()
        self.positions = positions
        self.text_embed = nn.Embedding(entries + 1, width)
        self.text_blocks = nn.ModuleList(ConvNextBlock(width) for _ in range(blocks))

    def forward(self, ids: Tensor) -> Tensor:
        """Return features (B, L, W); those of the positions from L to P are zero.

        Args:
            ids: (B, N) int64, N at most P: 0 is a filler, of which there are more after the end.
        """
        length = min(ids.shape[1] + REACH + 1, self.positions)
        ids = F.pad(ids, (0, length - ids.shape[1]), value=FILLER)
        weight = self.text_embed.weight
        present = (ids != FILLER)[:, :, None]
        repeats = weight.new_ones(length, 1)
        repeats[-1] += self.positions - length
        x = self.text_embed(ids) + position_table(length, weight.shape[1]).to(weight)
        x = x * present
        for block in self.text_blocks:
            x = block(x, repeats) * present
        return x


class ConvNextBlock(nn.Module):
    """A depthwise convolution along time and a feed-forward layer, added to their input.

    Source: Woo et al. 2023, "ConvNeXt V2".
    """

    def __init__(self, width: int) -> None:
        """Build with a hidden layer of twice the width."""
        super().__init__()
        self.dwconv = nn.Conv1d(width, width, KERNEL, padding=REACH, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, EXPANSION * width)
        self.grn = GlobalResponseNorm(EXPANSION * width)
        self.pwconv2 = nn.Linear(EXPANSION * width, width)

    def forward(self, x: Tensor, repeats: Tensor) -> Tensor:
        """Return features like x (B, L, W); ``repeats`` (L, 1): how often each position counts."""
        y = self.dwconv(x.transpose(1, 2)).transpose(1, 2)
        y = self.grn(F.gelu(self.pwconv1(self.norm(y))), repeats)
        return x + self.pwconv2(y)


class GlobalResponseNorm(nn.Module):
    """Channels compete: each is scaled by its norm over time against the mean of all norms.

    Source: Woo et al. 2023, "ConvNeXt V2", algorithm 1.
    """

    def __init__(self, width: int) -> None:
        """Start as the identity."""
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, width))

    def forward(self, x: Tensor, repeats: Tensor) -> Tensor:
        """Return features like x (B, L, W); ``repeats`` (L, 1): how often each position counts."""
        norm = torch.linalg.vector_norm(x * repeats.sqrt(), dim=1, keepdim=True)
        response = norm / (norm.mean(dim=-1, keepdim=True) + 1e-6)
        return self.gamma * (x * response) + self.beta + x


def position_table(positions: int, width: int) -> Tensor:
    """Return cosines, then sines, of every position (positions, width), float32 on the CPU.

    Computed on the CPU whatever the network's device, in float32: the angles of late positions
    are large, and the published weights were trained with just this rounding. It is no buffer,
    so a network built on the meta device lacks nothing once its weights are loaded.
    """
    exponents = torch.arange(0, width, 2, device="cpu", dtype=torch.float32) / width
    steps = torch.arange(positions, device="cpu", dtype=torch.float32)
    angles = torch.outer(steps, 1.0 / MAX_PERIOD**exponents)
    return torch.cat([angles.cos(), angles.sin()], dim=1)
