"""Rows of embeddings or logits as float64, refused when they are not what statistics need."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import DataError

Rows = NDArray[np.float64]
"""(N, D) float64, finite."""


def as_rows(values: ArrayLike, what: str, *, width: int | None = None, at_least: int = 0) -> Rows:
    """Return (N, D) as float64, checked.

    Args:
        values: (N, D) of any number type; tensors on the CPU count as arrays.
        what: names the rows in errors, like ``"generated embeddings"``.
        width: D that is expected, when it is known.
        at_least: the fewest rows that the caller can work with.

    Raises:
        DataError: if the shape is another one, a number is not finite, or there are too few rows.
    """
    rows = np.asarray(values, dtype=np.float64)
    if rows.ndim != 2 or (width is not None and rows.shape[1] != width) or not rows.shape[1]:
        expected = f"(rows, {'width' if width is None else width})"
        raise DataError(
            f"Got {what} of shape {rows.shape}; expected {expected}. Give one row for each "
            "embedding, all from the same network."
        )
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        bad = np.flatnonzero(~finite)
        raise DataError(
            f"{bad.size} of {len(rows)} {what} hold NaN or infinity, first in row {bad[0]}; "
            "expected finite numbers. Look at that clip: no other value stands in for it."
        )
    if len(rows) < at_least:
        raise DataError(
            f"Got {len(rows)} {what}; expected at least {at_least}. Measure more clips, or clips "
            "long enough to give an embedding."
        )
    return rows


def as_pairs(left: ArrayLike, right: ArrayLike, what: str) -> tuple[Rows, Rows]:
    """Return two sets of rows that belong together one by one.

    Raises:
        DataError: if shapes differ, there is no pair, or a number is not finite.
    """
    first = as_rows(left, f"generated {what}", at_least=1)
    second = as_rows(right, f"reference {what}", at_least=1)
    if first.shape != second.shape:
        raise DataError(
            f"Got {first.shape} generated and {second.shape} reference {what}; expected the same "
            "shape, row by row of the same clip. Pair them by id first."
        )
    return first, second
