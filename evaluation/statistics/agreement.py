"""How far the raters of a study agree, and who did not listen.

Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"; Shrout & Fleiss 1979,
"Intraclass Correlations", case 2.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import DataError

Ratings = NDArray[np.float64]
"""(items, raters), NaN where a rater did not rate an item."""

ANCHOR_LIMIT = 0.15
ROUNDING = 1e-9


def as_ratings(values: ArrayLike, what: str = "ratings") -> Ratings:
    """Return ratings as float64.

    Raises:
        DataError: if they are no table, or hold no number at all, or an infinite one.
    """
    ratings = np.asarray(values, dtype=np.float64)
    if ratings.ndim != 2 or np.isinf(ratings).any() or not np.isfinite(ratings).any():
        raise DataError(
            f"Got {what} of shape {ratings.shape}; expected a table (items, raters) of finite "
            "numbers, NaN only where a rater did not rate an item."
        )
    return ratings


def krippendorff_alpha(values: ArrayLike) -> float | None:
    """Return α of ratings on an interval scale: 1 full agreement, 0 that of chance.

    Items with one rating say nothing and are left out; ratings may be missing.

    Returns:
        At most 1, or `None` where no item has two ratings or all ratings are the same.

    Raises:
        DataError: if the ratings are no table of numbers.
    """
    ratings = as_ratings(values)
    counts = np.isfinite(ratings).sum(axis=1)
    ratings, counts = ratings[counts >= 2], counts[counts >= 2]
    n = int(counts.sum())
    if not n:
        return None
    total = float(np.nansum(np.square(ratings - np.nanmean(ratings))))
    if total == 0.0:
        return None
    means = np.nanmean(ratings, axis=1, keepdims=True)
    within = np.nansum(np.square(ratings - means), axis=1)
    # Means of squared differences of pairs: inside an item, and over everything.
    observed = float((counts * within / (counts - 1)).sum()) / n
    return 1.0 - observed / (total / (n - 1))


def intraclass_correlation(values: ArrayLike) -> float | None:
    """Return ICC(2,k): how well the mean of these raters would repeat with others like them.

    Returns:
        At most 1; below 0 where raters disagree more than items differ. `None` for fewer than two
        items or raters, for missing ratings, or where no variance is left to share out.

    Raises:
        DataError: if the ratings are no table of numbers.
    """
    ratings = as_ratings(values)
    items, raters = ratings.shape
    if items < 2 or raters < 2 or np.isnan(ratings).any():
        return None
    grand = ratings.mean()
    item_means, rater_means = ratings.mean(axis=1), ratings.mean(axis=0)
    residual = ratings - item_means[:, None] - rater_means[None] + grand
    ms_items = raters * float(np.square(item_means - grand).sum()) / (items - 1)
    ms_raters = items * float(np.square(rater_means - grand).sum()) / (raters - 1)
    ms_error = float(np.square(residual).sum()) / ((items - 1) * (raters - 1))
    whole = ms_items + (ms_raters - ms_error) / items
    if whole <= ROUNDING * (ms_items + ms_raters + ms_error):
        return None
    return (ms_items - ms_error) / whole


def unreliable_raters(
    references: ArrayLike, anchors: ArrayLike, limit: float = ANCHOR_LIMIT
) -> NDArray[np.bool_]:
    """Return which raters put the low anchor above the hidden reference too often, (raters,).

    Args:
        references: ratings (items, raters) of the hidden reference.
        anchors: ratings (items, raters) of the low anchor of the same items.
        limit: share of a rater's items above which it is one of them.

    Raises:
        DataError: if the shapes differ.
    """
    high, low = as_ratings(references, "reference ratings"), as_ratings(anchors, "anchor ratings")
    if high.shape != low.shape:
        raise DataError(
            f"Got reference ratings {high.shape} and anchor ratings {low.shape}; expected the "
            "same items and raters."
        )
    both = np.isfinite(high) & np.isfinite(low)
    wrong = (both & (low > high)).sum(axis=0)
    return wrong > limit * both.sum(axis=0)
