"""Means of human ratings, with intervals that hold for other raters and other items too.

Twenty raters of twenty items are not four hundred independent opinions: ratings of one item, and
of one rater, resemble one another.

Source: Owen 2007, "The pigeonhole bootstrap".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ...core.errors import DataError
from .agreement import Ratings, as_ratings
from .student import Interval, mean_half_width

DRAWS = 2000


@dataclass(frozen=True)
class RatingSummary:
    """The mean of ratings and how sure it is.

    Attributes:
        mean: of all ratings.
        std: of all ratings, with n − 1; `None` for one.
        n_items: rows.
        n_raters: columns.
        n_ratings: numbers that are there.
        interval: 95 %, raters and items resampled; the one to print. `None` for fewer than two
            of either.
        half_width_iid: of the t interval that takes every rating as independent; too narrow.
        half_width_items: of the t interval of the items' means.
        half_width_raters: of the t interval of the raters' means.
    """

    mean: float
    std: float | None
    n_items: int
    n_raters: int
    n_ratings: int
    interval: Interval | None
    half_width_iid: float | None
    half_width_items: float | None
    half_width_raters: float | None


def summarise_ratings(values: ArrayLike, *, draws: int = DRAWS, seed: int = 0) -> RatingSummary:
    """Return the mean of ratings (items, raters) and its intervals.

    Args:
        values: NaN where a rater did not rate an item.
        draws: of the crossed bootstrap.
        seed: of its generator.

    Raises:
        DataError: if there is no rating, or one is infinite.
    """
    ratings = _without_empty(as_ratings(values))
    known = ratings[np.isfinite(ratings)]
    return RatingSummary(
        mean=float(known.mean()),
        std=float(known.std(ddof=1)) if known.size > 1 else None,
        n_items=ratings.shape[0],
        n_raters=ratings.shape[1],
        n_ratings=int(known.size),
        interval=crossed_bootstrap(ratings, draws=draws, seed=seed),
        half_width_iid=mean_half_width(known),
        half_width_items=mean_half_width(np.nanmean(ratings, axis=1)),
        half_width_raters=mean_half_width(np.nanmean(ratings, axis=0)),
    )


def paired_difference(
    first: ArrayLike, second: ArrayLike, *, draws: int = DRAWS, seed: int = 0
) -> RatingSummary:
    """Return the summary of first − second, rating by rating of the same rater and item.

    Raises:
        DataError: if the shapes differ, or no rater rated one item under both.
    """
    left, right = as_ratings(first), as_ratings(second)
    if left.shape != right.shape:
        raise DataError(
            f"Got ratings {left.shape} and {right.shape}; expected the same items and raters."
        )
    return summarise_ratings(left - right, draws=draws, seed=seed)


def crossed_bootstrap(ratings: Ratings, *, draws: int = DRAWS, seed: int = 0) -> Interval | None:
    """Return the 95 % percentile interval of the mean with items and raters both resampled.

    Args:
        ratings: (items, raters), NaN where missing.
        draws: how many.
        seed: of the generator.

    Returns:
        Low and high, or `None` for fewer than two items or raters.
    """
    items, raters = ratings.shape
    if items < 2 or raters < 2:
        return None
    generator = np.random.default_rng(seed)
    item_counts = generator.multinomial(items, np.full(items, 1.0 / items), size=draws)
    rater_counts = generator.multinomial(raters, np.full(raters, 1.0 / raters), size=draws)
    known = np.isfinite(ratings)
    sums = ((item_counts @ np.where(known, ratings, 0.0)) * rater_counts).sum(axis=1)
    counts = ((item_counts @ known.astype(np.float64)) * rater_counts).sum(axis=1)
    means = sums[counts > 0] / counts[counts > 0]  # a draw may meet missing ratings only
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _without_empty(ratings: Ratings) -> Ratings:
    """Leave out items that nobody rated, and raters that rated nothing."""
    known = np.isfinite(ratings)
    return ratings[known.any(axis=1)][:, known.any(axis=0)]
