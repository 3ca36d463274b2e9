"""The Inception Score: sure of each clip, and different from clip to clip.

Source: Salimans et al. 2016, "Improved Techniques for Training GANs", sec. 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import DataError
from .divergence import log_softmax
from .rows import as_rows

SPLITS = 10
SEED = 2020
SMALL_CHUNKS = "small_chunks"
"""Fewer than 50 rows a chunk: the score cannot exceed their number, and grows with it."""

ENOUGH_ROWS = 50


@dataclass(frozen=True)
class InceptionScore:
    """A score, between 1 and the smaller of C and the rows of a chunk.

    Attributes:
        value: mean over the chunks.
        std: over the chunks, with their number in the denominator; no confidence interval.
        n: rows.
        flags: `SMALL_CHUNKS`, or none.
    """

    value: float
    std: float
    n: int
    flags: tuple[str, ...]


def inception_score(
    logits: ArrayLike, *, splits: int = SPLITS, shuffle: bool = True, seed: int = SEED
) -> InceptionScore:
    """Return exp of the mean KL of each row to its chunk's mean, mean over chunks.

    Args:
        logits: (N, C) of generated clips; a softmax is taken of them.
        splits: chunks, rows i·N // splits to (i + 1)·N // splits of the shuffled rows.
        shuffle: as audioldm_eval and av-bench do; torch-fidelity with one split does not.
        seed: of NumPy's legacy generator, whose permutation is the same for ever.

    Raises:
        DataError: for fewer rows than chunks, or a number that is not finite.
    """
    rows = as_rows(logits, "generated logits", at_least=1)
    if not 1 <= splits <= len(rows):
        raise DataError(
            f"Got {len(rows)} generated clips for {splits} chunks; expected at least one clip a "
            "chunk. Measure more clips, or use fewer splits for all methods alike."
        )
    if shuffle:
        rows = rows[permutation(len(rows), seed)]
    bounds = [number * len(rows) // splits for number in range(splits + 1)]
    chunks = (rows[low:high] for low, high in pairwise(bounds))
    scores = np.array([_score(log_softmax(chunk)) for chunk in chunks])
    few = len(rows) // splits < ENOUGH_ROWS
    return InceptionScore(
        value=float(scores.mean()),
        std=float(scores.std()),
        n=len(rows),
        flags=(SMALL_CHUNKS,) if few else (),
    )


def permutation(rows: int, seed: int = SEED) -> NDArray[np.int64]:
    """Return the order in which rows are cut into chunks."""
    return np.random.RandomState(seed).permutation(rows)


def _score(log_p: NDArray[np.float64]) -> float:
    p = np.exp(log_p)
    mean = p.mean(axis=0)
    # A class that no row has any of counts nothing.
    log_mean = np.log(mean, where=mean > 0.0, out=np.zeros_like(mean))
    return float(np.exp((p * (log_p - log_mean)).sum(axis=1).mean()))
