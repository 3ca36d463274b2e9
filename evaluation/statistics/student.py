"""Intervals by Student's t: of a mean, and of what a jackknife left out in turn."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import DataError

Interval = tuple[float, float]
LEVEL = 0.95


def student_quantile(degrees: int, level: float = LEVEL) -> float:
    """Return the half width, in standard errors, of a two-sided interval.

    Raises:
        DataError: if scipy is not installed.
    """
    try:
        from scipy.special import stdtrit
    except ImportError as failure:
        raise DataError(
            "Intervals by Student's t need scipy, which is not installed. "
            "pip install 'audio-omni[eval]'."
        ) from failure
    return float(stdtrit(degrees, (1.0 + level) / 2.0))


def mean_half_width(values: ArrayLike, level: float = LEVEL) -> float | None:
    """Return half the t interval of a mean of independent values, `None` for fewer than two."""
    checked: NDArray[np.float64] = np.asarray(values, dtype=np.float64).ravel()
    if checked.size < 2:
        return None
    error = float(checked.std(ddof=1)) / math.sqrt(checked.size)
    return student_quantile(checked.size - 1, level) * error


def jackknife_interval(
    value: float, without: ArrayLike, *, lowest: float = -math.inf, level: float = LEVEL
) -> Interval | None:
    """Return the interval of a statistic from its values without each of G groups.

    Half width t(G − 1) · sqrt((G − 1)/G · Σ (θ₍g₎ − θ̄)²), around the value itself. The
    interval is of the statistic at this number of clips: it says nothing of the bias that the
    number itself brings.

    Args:
        value: of everything.
        without: (G,) of everything but one group.
        lowest: what the statistic cannot be below.
        level: of confidence.

    Returns:
        Low and high, or `None` for fewer than two groups.

    Source: Shao & Wu 1989, "A General Theory for Jackknife Variance Estimation".
    """
    left_out: NDArray[np.float64] = np.asarray(without, dtype=np.float64)
    groups = left_out.size
    if groups < 2:
        return None
    error = math.sqrt((groups - 1) / groups * float(np.square(left_out - left_out.mean()).sum()))
    half = student_quantile(groups - 1, level) * error
    return max(lowest, value - half), value + half
