"""Means over kinds of edits, each of which weighs alike, with intervals over rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

DRAWS = 1000


class Cell(NamedTuple):
    """A number of the table.

    Attributes:
        value: mean over kinds of edits, or of one.
        interval: 95 %, or `None`.
        n: rows, of all kinds together.
        over: the kinds of edits that it is a mean of.
    """

    value: float
    interval: tuple[float, float] | None
    n: int
    over: tuple[str, ...]


def mean_of_rows(values: Mapping[str, Sequence[float]], seed: int = 0) -> Cell:
    """Return the mean over kinds of edits of the means over rows.

    Args:
        values: kind of edit to a value for each of its rows, at least one.
        seed: of the bootstrap, which draws rows within each kind.
    """
    arrays = [np.asarray(rows, dtype=float) for rows in values.values()]
    rng, interval = np.random.default_rng(seed), None
    if all(rows.size > 1 for rows in arrays):
        drawn = [
            rows[rng.integers(0, rows.size, size=(DRAWS, rows.size))].mean(axis=1)
            for rows in arrays
        ]
        low, high = np.percentile(np.mean(drawn, axis=0), [2.5, 97.5])
        interval = float(low), float(high)
    value = float(np.mean([rows.mean() for rows in arrays]))
    return Cell(value, interval, sum(rows.size for rows in arrays), tuple(values))


def mean_of_cells(cells: Mapping[str, Cell]) -> Cell:
    """Return the mean of cells that are independent: half widths of intervals add in squares."""
    chosen = [*cells.values()]
    value = sum(cell.value for cell in chosen) / len(chosen)
    halves = [(c.interval[1] - c.interval[0]) / 2 for c in chosen if c.interval is not None]
    interval = None
    if len(halves) == len(chosen):
        half = math.sqrt(sum(h * h for h in halves)) / len(chosen)
        interval = value - half, value + half
    return Cell(value, interval, sum(cell.n for cell in chosen), tuple(cells))
