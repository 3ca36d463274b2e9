"""Weights of CNN14 and VGGish by a recipe, so that golden numbers need no stored weights.

A network with them has learned nothing. They check its arithmetic, and serve nothing else: no
option of a metric leads here.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

Bounds = tuple[float, float]

FRONT_END, COUNTER = "extractor", "num_batches_tracked"
BY_SUFFIX: tuple[tuple[str, Bounds], ...] = (
    ("bn0.running_mean", (-30.0, -20.0)),
    ("bn0.running_var", (200.0, 400.0)),
    (".running_mean", (-0.2, 0.2)),
    (".running_var", (0.5, 1.5)),
    ("bn0.weight", (0.8, 1.2)),
    (".bn1.weight", (0.8, 1.2)),
    (".bn2.weight", (0.8, 1.2)),
    ("pproc.pca_eigen_vectors", (-0.3, 0.3)),
    ("pproc.pca_means", (-0.5, 0.5)),
    (".bias", (-0.1, 0.1)),
)
"""The first that fits a name decides; a front end and counters are not drawn."""


def seeded_weights(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Tensor]:
    """Return float32 weights for every name, drawn uniformly; those of the front end are left out.

    Args:
        shapes: of each weight, by the names of the published checkpoint.
        seed: with the name it decides a weight, whatever else is drawn.

    Source: the key ``seeded_weights_recipe`` of the golden file ``metrics.json``.
    """
    return {
        name: torch.zeros((), dtype=torch.int64)
        if name.endswith(COUNTER)
        else _drawn(name, tuple(shape), seed)
        for name, shape in shapes.items()
        if FRONT_END not in name
    }


def _drawn(name: str, shape: tuple[int, ...], seed: int) -> Tensor:
    key = zlib.crc32(f"{seed}:{name}".encode()) & 0xFFFFFFFF
    low, high = _bounds(name, shape)
    values = np.random.RandomState(key).random_sample(math.prod(shape))
    values *= high - low
    values += low
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def _bounds(name: str, shape: tuple[int, ...]) -> Bounds:
    for suffix, bounds in BY_SUFFIX:
        if name.endswith(suffix):
            return bounds
    gain = 2.0 if name == "fc_audioset.weight" else 1.0
    bound = gain * math.sqrt(6.0 / math.prod(shape[1:]))
    return -bound, bound
