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


def seeded_generators(
    seeds: Sequence[int], device: torch.device | str = "cpu"
) -> list[torch.Generator]:
    """Return one generator per item; all chance of an item comes from it, its noise first.

    Raises:
        RequestError: for a seed that is not a whole number in 0 … `MAX_SEED`.
    """
    return [torch.Generator(device).manual_seed(seed) for seed in checked_seeds(seeds)]


def draw_noise(
    generators: Sequence[torch.Generator], channels: int, frames: Sequence[int]
) -> tuple[Tensor, Tensor]:
    """Return standard normal noise (B, C, T_max) float32 and its mask (B, T_max) bool.

    An item's noise depends on its own generator and length only, never on its neighbours, so a
    clip can be made again alone. Beyond an item's frames the noise is zero.
    """
    device = generators[0].device
    noise = torch.zeros(len(generators), channels, max(frames), device=device)
    mask = torch.zeros(len(generators), max(frames), dtype=torch.bool, device=device)
    for i, (generator, count) in enumerate(zip(generators, frames, strict=True)):
        noise[i, :, :count] = torch.randn(channels, count, generator=generator, device=device)
        mask[i, :count] = True
    return noise, mask


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
