"""FAD-infinity: the Fréchet distance that would be left with endlessly many embeddings.

Source: Gui et al. 2024, "Adapting Fréchet Audio Distance for Generative Music Evaluation", sec. 4;
Chong & Forsyth 2020, "Effectively Unbiased FID and Inception Score", sec. 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import DataError
from .frechet import frechet_distance
from .gaussian import Gaussian
from .rows import as_rows

STEPS = 25
MIN_N = 500
LOW_R2 = "low_r2"
"""The distances do not lie on a line in 1/n: the intercept is a guess."""

R2_WANTED = 0.9


class Draws(Protocol):
    """Gives row numbers of N rows."""

    def __call__(self, rows: int, size: int) -> NDArray[np.int64]:
        """Return ``size`` of ``rows`` row numbers."""
        ...


@dataclass(frozen=True)
class FrechetInfinity:
    """A straight line through distances against 1/n.

    Attributes:
        value: its intercept; may be below zero.
        slope: distance for each 1/n.
        r2: share of the distances' variance that the line explains.
        points: n and distance.
        flags: `LOW_R2` below 0.9, or none.
    """

    value: float
    slope: float
    r2: float
    points: tuple[tuple[int, float], ...]
    flags: tuple[str, ...]


def without_replacement(seed: int) -> Draws:
    """Return draws in which no row comes twice."""
    generator = np.random.default_rng(seed)
    return lambda rows, size: generator.choice(np.arange(rows), size=size, replace=False)


def legacy_with_replacement(seed: int) -> Draws:
    """Return fadtk's draws: NumPy's legacy generator, rows may come twice.

    Repeated rows add nothing to a covariance's rank, so few rows look fewer still.
    """
    generator = np.random.RandomState(seed)
    return lambda rows, size: generator.choice(np.arange(rows), size=size, replace=True)


def frechet_infinity(
    generated: ArrayLike,
    reference: Gaussian,
    draws: Draws,
    *,
    steps: int = STEPS,
    min_n: int = MIN_N,
) -> FrechetInfinity:
    """Return the intercept of the least-squares line of the distance against 1/n.

    Args:
        generated: (N, D) embeddings.
        reference: all embeddings of the reference, whose own number stays as it is.
        draws: which rows a size gets, one size after another from the smallest.
        steps: sizes, evenly spread from ``min_n`` to N, cut to whole numbers.
        min_n: the smallest size.

    Raises:
        DataError: if N is not above ``min_n``, or a distance cannot be computed.
    """
    rows = as_rows(generated, "generated embeddings", width=reference.width)
    if steps < 2 or not 2 <= min_n < len(rows):
        raise DataError(
            f"Got {len(rows)} generated embeddings for {steps} sizes from {min_n} on; FAD-infinity "
            "needs at least 2 sizes, and more embeddings than the smallest. Measure more clips, "
            "or lower min_n."
        )
    sizes = np.linspace(min_n, len(rows), steps).astype(int)
    points = []
    for size in sizes:
        chosen = Gaussian.of(rows[draws(len(rows), int(size))])
        points.append((int(size), frechet_distance(chosen, reference).value))
    inverse = np.array([1.0 / size for size, _ in points])
    values = np.array([value for _, value in points])
    slope, intercept = np.polyfit(inverse, values, 1)
    residual = values - (slope * inverse + intercept)
    spread = float(np.square(values - values.mean()).sum())
    r2 = 1.0 - float(np.square(residual).sum()) / spread if spread else 1.0
    return FrechetInfinity(
        value=float(intercept),
        slope=float(slope),
        r2=r2,
        points=tuple(points),
        flags=(LOW_R2,) if r2 < R2_WANTED else (),
    )
