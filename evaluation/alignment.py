"""Two sequences laid over each other: dynamic time warping. Shapes: T and S frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]


def align(cost: Floats) -> tuple[Steps, Steps]:
    """Return the path from the first pair of frames to the last whose costs add up to the least.

    A step goes on by one frame in either sequence or in both. Memory and time grow with T · S; a
    whole diagonal is computed at once.

    Source: Sakoe and Chiba 1978, "Dynamic programming algorithm optimization for spoken word
    recognition", symmetric, without slope constraint.

    Args:
        cost: (T, S) of laying frame t of the one over frame s of the other; at least one each.

    Returns:
        Frames of the one and of the other, both (P,), rising.

    Raises:
        ValueError: if a side has no frames.
    """
    if cost.ndim != 2 or 0 in cost.shape:
        raise ValueError(f"Costs have shape {cost.shape}; expected (T, S), each at least 1.")
    total = _accumulated(cost)
    t, s = cost.shape[0] - 1, cost.shape[1] - 1
    path = [(t, s)]
    while t or s:
        before = ((t - 1, s - 1), (t - 1, s), (t, s - 1))  # the shortest of equal paths first
        t, s = min((p for p in before if min(p) >= 0), key=lambda p: total[p])
        path.append((t, s))
    steps = np.asarray(path[::-1], dtype=np.int64)
    return steps[:, 0], steps[:, 1]


def _accumulated(cost: Floats) -> Floats:
    """Return the least cost (T, S) of a path from the first pair to each."""
    rows, columns = cost.shape
    total = np.full((rows + 1, columns + 1), np.inf)
    total[0, 0] = 0.0
    for diagonal in range(rows + columns - 1):
        t = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        s = diagonal - t
        least = np.minimum(np.minimum(total[t, s], total[t, s + 1]), total[t + 1, s])
        total[t + 1, s + 1] = cost[t, s] + least
    return total[1:, 1:]
