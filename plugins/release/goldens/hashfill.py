"""Tensors from a formula: the same name, shape and seed give the same float32 bits everywhere.

Goldens at the release's size need not store gigabytes of weights; both sides compute them. A
value is the SplitMix64 finaliser of a counter, its top 24 bits read as a number in [-1, 1).

Source: Steele, Lea & Flood 2014, "Fast Splittable Pseudorandom Number Generators".
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

GAMMA = 0x9E3779B97F4A7C15
SPREAD = 0xD1342543DE82EF95
MIX = ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB))
LAST_SHIFT, DROPPED_BITS = 31, 40
WORD = (1 << 64) - 1
BLOCK = 1 << 16
"""Values per block; a few blocks stay in a core's cache."""

UPSAMPLING_GAIN = re.compile(r"decoder\.layers\.\d+\.layers\.1\.weight_g$")


def unit(name: str, shape: Sequence[int], seed: int = 0) -> Tensor:
    """Return float32 values, uniform in [-1, 1).

    Args:
        name: what the values belong to; decides them together with the seed.
        shape: of the tensor; an empty one is a scalar.
        seed: its lower 20 bits count.
    """
    count = math.prod(shape)
    values = np.empty(count, np.float32)
    start = (zlib.crc32(name.encode()) << 20) ^ (seed & 0xFFFFF)
    origin = (start * SPREAD + GAMMA) & WORD
    counter = np.arange(1, min(count, BLOCK) + 1, dtype=np.uint64) * np.uint64(GAMMA)
    for first in range(0, count, BLOCK):
        block = values[first : first + BLOCK]
        offset = np.uint64((origin + first * GAMMA) & WORD)
        word = counter[: len(block)] + offset  # arithmetic of arrays wraps at 64 bits
        for shift, factor in MIX:
            word ^= word >> np.uint64(shift)
            word *= np.uint64(factor)
        word ^= word >> np.uint64(LAST_SHIFT)
        word >>= np.uint64(DROPPED_BITS)
        np.multiply(word.astype(np.float32), np.float32(2.0**-23), out=block)
        block -= np.float32(1.0)
    return torch.from_numpy(values.reshape(tuple(shape)))


def value(
    name: str, shape: Sequence[int], seed: int = 0, std: float = 1.0, mean: float = 0.0
) -> Tensor:
    """Return float32 values, uniform with the given mean and standard deviation."""
    scale = float(np.float32(std * math.sqrt(3.0)))
    return unit(name, shape, seed).mul_(scale).add_(float(np.float32(mean)))


def statistics(key: str, shape: Sequence[int]) -> tuple[float, float] | None:
    """Return mean and deviation of a state entry; `None` for a constant of the architecture.

    Args:
        key: full name in the published checkpoint.
        shape: of the entry.
    """
    leaf = key.rpartition(".")[2]
    rules = (  # the first that applies
        (leaf == "inv_freq" or (leaf == "beta" and "norm" in key), None),
        # Upsampling writes every sample from few inputs: it needs more gain.
        (UPSAMPLING_GAIN.search(key), (1.4, 0.1)),
        (leaf == "weight_g", (0.5, 0.05)),
        (leaf in ("alpha", "beta"), (0.0, 0.2)),  # of a snake, as logarithms
        (".grn." in key, (0.0, 0.3)),
        (leaf == "gamma", (1.0, 0.1)),
        (key.endswith(("timestep_features.weight", "text_embed.text_embed.weight")), (0.0, 1.0)),
        (leaf.startswith("empty_"), (0.0, 0.5)),
        (leaf in ("cls_token", "pos_embed", "temp_embed"), (0.0, 0.5)),
        (len(shape) > 1, (0.0, 1.0 / math.prod(shape[1:]) ** 0.5)),
        (leaf == "weight", (1.0, 0.1)),  # gain of a norm
        (True, (0.0, 0.1)),  # bias
    )
    return next(found for applies, found in rules if applies)


def fill(shapes: Mapping[str, Sequence[int]], seed: int = 0) -> dict[str, Tensor]:
    """Return the values of all entries of a state that are not constants.

    Args:
        shapes: by full name in the published checkpoint.
        seed: the ``hash_seed`` of a golden file.
    """
    filled = {}
    for key, shape in shapes.items():
        found = statistics(key, shape)
        if found is not None:
            mean, std = found
            filled[key] = value(key, shape, seed, std=std, mean=mean)
    return filled
