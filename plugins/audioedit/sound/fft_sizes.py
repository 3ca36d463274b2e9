"""Sizes at which a Fourier transform is quick."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

MOST = 1 << 24


def quick_size(least: int) -> int:
    """Return the smallest quick size that is at least this."""
    sizes = quick_sizes()
    return int(sizes[np.searchsorted(sizes, least)])


@lru_cache(maxsize=1)
def quick_sizes() -> NDArray[np.int64]:
    """Return, rising, the even sizes whose prime factors are 13 at most."""
    sizes = np.array([2], np.int64)
    for prime in (2, 3, 5, 7, 11, 13):
        powers = prime ** np.arange(int(np.log(MOST) / np.log(prime)) + 1, dtype=np.int64)
        sizes = np.multiply.outer(sizes, powers).ravel()
        sizes = sizes[sizes <= MOST]
    return np.unique(sizes)
