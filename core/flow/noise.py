"""Starting noise. Shapes: B batch, C channels, T frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any

import torch
from torch import Tensor

from ..errors import RequestError

MAX_SEED = 2**63 - 1
"""What torch's generators take; a negative seed would be another's in disguise."""


def noise_for_seeds(seeds: Sequence[int], channels: int, frames: int) -> Tensor:
    """Return standard normal noise (B, C, T) float32 on the CPU, one generator per item.

    An item's noise depends on its own seed and length only, never on its neighbours or on the
    device, so a clip can be made again alone.

    Raises:
        RequestError: for a seed that is not a whole number in 0 … `MAX_SEED`.
    """
    seeds = checked_seeds(seeds)
    return torch.stack(
        [
            torch.randn(channels, frames, generator=torch.Generator().manual_seed(seed))
            for seed in seeds
        ]
    )


def checked_seeds(seeds: Iterable[Any]) -> list[int]:
    """Return the seeds as plain integers.

    Raises:
        RequestError: unless every seed is a whole number in 0 … `MAX_SEED`.
    """
    checked = []
    for seed in seeds:
        whole = isinstance(seed, Integral) and not isinstance(seed, bool)
        if not whole or not 0 <= int(seed) <= MAX_SEED:
            raise RequestError(f"Got the seed {seed!r}; expected a whole number in 0 … {MAX_SEED}.")
        checked.append(int(seed))
    return checked
