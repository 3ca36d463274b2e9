"""Intervals of a mean over rows, or of a ratio of two sums, by drawing rows anew."""

from __future__ import annotations

import numpy as np

BOOTSTRAP_DRAWS = 1000
MOST_DRAWN = 4_000_000
"""Values drawn at a time: all draws of a hundred thousand clips would take 800 MB."""


def bootstrap_interval(
    values: np.ndarray, seed: int = 0, *, per: np.ndarray | None = None
) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the mean, or `None` for fewer than two values.

    Args:
        values: (N,), one for each row.
        seed: of the draws.
        per: (N,) above 0: of ``values.sum() / per.sum()`` instead, rows drawn with both.
    """
    if values.size < 2:
        return None
    rng = np.random.default_rng(seed)
    found: list[np.ndarray] = []
    at_once = max(1, min(BOOTSTRAP_DRAWS, MOST_DRAWN // values.size))
    for first in range(0, BOOTSTRAP_DRAWS, at_once):
        shape = (min(at_once, BOOTSTRAP_DRAWS - first), values.size)
        drawn = rng.integers(0, values.size, size=shape)
        means = values[drawn].mean(axis=1)
        found.append(means if per is None else means / per[drawn].mean(axis=1))
    low, high = np.percentile(np.concatenate(found), [2.5, 97.5])
    return float(low), float(high)
