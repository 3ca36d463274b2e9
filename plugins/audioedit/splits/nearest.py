"""Recordings that a scorer takes for the same: more candidates for the leak guard (spec 5.2).

Shapes: N recordings, D width of the scorer's vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from ..blobs import BlobStore
from ..providers.contract import Scorer

COSINE = 0.98
"""Of vectors of two recordings, from which they are candidates."""

TOGETHER = 8
"""Recordings that a scorer is given at once."""

ROWS = 1024
"""Recordings that are compared with all others at once: bounds memory."""


def embedded(
    names: Sequence[str], blobs: BlobStore, scorer: Scorer, sample_rate_hz: int
) -> NDArray[np.float32]:
    """Return unit vectors (N, D) of recordings, by the hashes of their blobs."""
    found = []
    for start in range(0, len(names), TOGETHER):
        clips = [_mono(blobs, name) for name in names[start : start + TOGETHER]]
        found.append(scorer.embed_audio(clips, sample_rate_hz).astype(np.float32))
    return np.concatenate(found)


def near_pairs(
    names: Sequence[str],
    vectors: NDArray[np.float32],
    sides: Sequence[str],
    *,
    cosine: float = COSINE,
) -> Iterator[tuple[str, str]]:
    """Yield two recordings of different splits whose vectors are as near as ``cosine``.

    Args:
        names: of the recordings.
        vectors: (N, D) of length 1.
        sides: split of each.
        cosine: least.
    """
    labels = np.array(sides)
    for start in range(0, len(names), ROWS):
        rows = slice(start, start + ROWS)
        alike = vectors[rows] @ vectors.T >= cosine
        alike &= labels[rows, None] != labels
        for one, two in np.argwhere(alike).tolist():
            if start + one < two:
                yield names[start + one], names[two]


def _mono(blobs: BlobStore, name: str) -> NDArray[np.float32]:
    samples, _ = blobs.samples(name)
    return samples if samples.ndim == 1 else samples.mean(axis=1)
