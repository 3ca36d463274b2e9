"""How far two sets of moments are apart when they are matched one to one.

Shapes: R sets, E expected moments, F found moments.
"""

from __future__ import annotations

import numpy as np


def mean_mismatch(expected: np.ndarray, found: np.ndarray, cap: float) -> np.ndarray:
    """Return the mean distance of matched moments, (R,), in the unit of the moments.

    Expected and found moments are matched one to one, at the least total distance. A pair that is
    further apart than ``cap`` counts as ``cap``, and so does every moment that is left over. The
    total is divided by the larger of both counts; two empty sets are 0 apart.

    Args:
        expected: (E,) ascending.
        found: (R, F), each row ascending.
        cap: greatest distance of a pair, above 0.

    Source: Schuhmacher, Vo and Vo 2008, "A Consistent Metric for Performance Evaluation of
    Multi-Object Filters" (OSPA, order 1, cut-off ``cap``).
    """
    sets, size = found.shape
    if max(size, expected.size) == 0:
        return np.zeros(sets)
    return cap - _best_gain(expected, found, cap) / max(size, expected.size)


def _best_gain(expected: np.ndarray, found: np.ndarray, cap: float) -> np.ndarray:
    """Return the most that matching saves against leaving all moments over, (R,).

    On a line the best matching never crosses itself, so pairs are decided from left to right:
    ``best[:, j]`` is the gain of the expected moments so far with the first j found ones.
    """
    best = np.zeros((found.shape[0], found.shape[1] + 1))
    for moment in expected:
        gain = np.maximum(0.0, cap - np.abs(found - moment))
        paired = best[:, :-1] + gain
        best[:, 1:] = np.maximum.accumulate(np.maximum(best[:, 1:], paired), axis=1)
    return best[:, -1]
