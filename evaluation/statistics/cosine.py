"""Cosine of pairs of embeddings: CLAP score, ImageBind score, speaker similarity.

Source: Wu et al. 2023, "Large-scale Contrastive Language-Audio Pretraining", sec. 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.bootstrap import bootstrap_interval
from .rows import as_pairs
from .student import Interval

SMALLEST_NORM = 1e-8
"""Norms below count as this, so that an embedding of zeros scores 0."""


@dataclass(frozen=True)
class Similarity:
    """A mean cosine and what it is the mean of.

    Attributes:
        value: mean over pairs, −1 to 1.
        per_pair: (N,), in the order given.
        interval: 95 %, by bootstrap over pairs; `None` for one pair.
    """

    value: float
    per_pair: NDArray[np.float64]
    interval: Interval | None


def cosine_similarity(first: ArrayLike, second: ArrayLike) -> Similarity:
    """Return the cosines of (N, D) and (N, D), row by row.

    Raises:
        DataError: if shapes differ, there is no pair, or a number is not finite.
    """
    left, right = as_pairs(first, second, "embeddings")
    norms = [np.maximum(np.linalg.norm(side, axis=1), SMALLEST_NORM) for side in (left, right)]
    per_pair = (left * right).sum(axis=1) / (norms[0] * norms[1])
    return Similarity(float(per_pair.mean()), per_pair, bootstrap_interval(per_pair))
