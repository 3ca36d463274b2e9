"""Distances of all pairs of rows, and their exact median, without holding them all."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...core.errors import DataError
from .rows import Rows

BLOCK = 1024
"""Rows on a side of the blocks in which pairs are worked on."""

HELD = 1 << 22
"""Distances that are held at once to be ranked; more of them are counted instead."""

DIGIT_BITS = 16


def squared_distances(first: Rows, second: Rows) -> Rows:
    """Return ‖x − y‖², (N₁, N₂), of (N₁, D) and (N₂, D); never negative."""
    centre = second.mean(axis=0)  # costs distances nothing, and saves them cancellation
    left, right = first - centre, second - centre
    squares = (left * left).sum(axis=1)[:, None] + (right * right).sum(axis=1)[None]
    return np.maximum(squares - 2.0 * (left @ right.T), 0.0)


def median_distance(rows: Rows) -> float:
    """Return the lower middle of the N(N − 1)/2 distances between (N, D) rows, exactly.

    Raises:
        DataError: for fewer than two rows.
    """
    if len(rows) < 2:
        raise DataError(f"Got {len(rows)} rows; expected at least 2 to have a median distance.")
    pairs = len(rows) * (len(rows) - 1) // 2
    rank = (pairs - 1) // 2
    if pairs > HELD:
        return float(np.sqrt(_ranked_by_counting(rows, rank)))
    held = np.concatenate(list(_distances_once(rows)))
    return float(np.sqrt(np.partition(held, rank)[rank]))


def _ranked_by_counting(rows: Rows, rank: int) -> float:
    """Return the squared distance of a rank (from 0) by a radix search of its bits.

    Numbers that are not negative have the order of their bits read as a whole number.
    """
    prefix = 0
    for shift in range(64 - DIGIT_BITS, -1, -DIGIT_BITS):
        counts = np.zeros(1 << DIGIT_BITS, dtype=np.int64)
        for distances in _distances_once(rows):
            digits = (distances + 0.0).view(np.int64) >> shift  # a negative zero has other bits
            chosen = digits[digits >> DIGIT_BITS == prefix] & ((1 << DIGIT_BITS) - 1)
            counts += np.bincount(chosen, minlength=counts.size)
        digit = int(np.searchsorted(np.cumsum(counts), rank, side="right"))
        rank -= int(counts[:digit].sum())
        prefix = prefix << DIGIT_BITS | digit
    return float(np.array(prefix, dtype=np.int64).view(np.float64))


def _distances_once(rows: Rows) -> Iterator[Rows]:
    """Yield the squared distance of every pair of different rows once, block by block."""
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        inside = squared_distances(block, block)
        yield inside[np.triu_indices(len(block), 1)]
        for other in range(start + BLOCK, len(rows), BLOCK):
            yield squared_distances(block, rows[other : other + BLOCK]).ravel()
