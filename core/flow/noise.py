"""Starting noise. Shapes: B batch, C channels, T frames."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def noise_for_seeds(seeds: Sequence[int], channels: int, frames: int) -> Tensor:
    """Return standard normal noise (B, C, T) float32 on the CPU, one generator per item.

    An item's noise depends on its own seed and length only, never on its neighbours or on the
    device, so a clip can be made again alone.
    """
    return torch.stack(
        [
            torch.randn(channels, frames, generator=torch.Generator().manual_seed(seed))
            for seed in seeds
        ]
    )
