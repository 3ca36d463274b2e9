"""Whether numbers are spread evenly: the test of Kolmogorov and Smirnov."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TERMS = 100


@dataclass(frozen=True)
class KsTest:
    """How far a sample is from uniform over 0 … 1.

    Attributes:
        n: numbers.
        distance: largest gap between their distribution and the uniform one.
        p: how often as large a gap would come by chance.
    """

    n: int
    distance: float
    p: float


def ks_uniform(shares: Sequence[float]) -> KsTest | None:
    """Return the test of numbers in 0 … 1 against the uniform distribution; `None` for none.

    Source: Kolmogorov's series with the correction of Stephens 1970 for small samples.
    """
    values = np.sort(np.asarray(shares, dtype=float))
    if not values.size:
        return None
    n = values.size
    above = (np.arange(1, n + 1) / n - values).max()
    below = (values - np.arange(n) / n).max()
    distance = float(max(above, below))
    scaled = distance * (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n))
    if scaled < 0.2:  # the series converges too slowly there, and p is 1 to six digits
        return KsTest(n, distance, 1.0)
    k = np.arange(1, TERMS + 1)
    p = 2 * float(((-1.0) ** (k - 1) * np.exp(-2 * (k * scaled) ** 2)).sum())
    return KsTest(n, distance, min(max(p, 0.0), 1.0))
