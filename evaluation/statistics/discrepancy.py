"""The unbiased maximum mean discrepancy of two sets, and its interval, block by block.

MMD² = mean k(x, x′) + mean k(y, y′) − 2 mean k(x, y), the pair of a row and itself left out.

Source: Gretton et al. 2012, "A Kernel Two-Sample Test", eq. 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import DataError
from .pairwise import BLOCK
from .rows import Rows
from .student import Interval, student_quantile

Kernel = Callable[[Rows, Rows], Rows]
"""Maps (N₁, D) and (N₂, D) to k of each pair, (N₁, N₂)."""

Owners = NDArray[np.int64]
"""(N,) number of the clip that a row is of."""


@dataclass(frozen=True)
class Discrepancy:
    """An unbiased MMD².

    Attributes:
        value: MMD² times its scale; may be below zero, and is not cut off there.
        interval: 95 %, by leaving out one clip after another; `None` where that leaves too little.
        n_generated: rows.
        n_reference: rows.
    """

    value: float
    interval: Interval | None
    n_generated: int
    n_reference: int


def discrepancy(
    generated: Rows,
    reference: Rows,
    kernel: Kernel,
    *,
    scale: float = 1.0,
    clips: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Discrepancy:
    """Return MMD² × ``scale`` of (N₁, D) and (N₂, D), at least two rows each.

    The interval comes from the variance of the U-statistic by a delete-one-clip jackknife, in
    closed form; it treats the two sides as independent.

    Args:
        generated: rows.
        reference: rows.
        kernel: symmetric.
        scale: a factor of value and interval.
        clips: the clip of each row; left out: each row is a clip of its own.

    Raises:
        DataError: if the clips are not as many as the rows.
    """
    owners = _owners(clips, (len(generated), len(reference)))
    inner = (_within(generated, owners[0], kernel), _within(reference, owners[1], kernel))
    sums = _across(generated, reference, kernel)
    cross = float(sums[0].sum()) / (len(generated) * len(reference))
    value = inner[0].mean() + inner[1].mean() - 2.0 * cross
    variance = 0.0
    for side in (0, 1):
        mine, other = inner[side], inner[1 - side]
        cross_sums = np.bincount(owners[side], weights=sums[side]).astype(np.float64)
        without = _without_each(mine, other, cross_sums)
        if without is None:
            variance = math.nan
            break
        variance += (without.size - 1) * float(without.var())
    return Discrepancy(
        value=scale * value,
        interval=_interval(scale * value, scale, variance, inner),
        n_generated=len(generated),
        n_reference=len(reference),
    )


@dataclass(frozen=True)
class _Within:
    """Sums of the kernel over pairs of different rows of one side, for each of its G clips."""

    rows: int
    sizes: NDArray[np.float64]  # rows of each clip
    sums: NDArray[np.float64]  # pairs of which the first row is the clip's
    own: NDArray[np.float64]  # pairs of which both are

    def mean(self) -> float:
        return float(self.sums.sum()) / (self.rows * (self.rows - 1))

    def means_without(self) -> NDArray[np.float64]:
        left = self.rows - self.sizes
        return (self.sums.sum() - 2.0 * self.sums + self.own) / (left * (left - 1.0))


def _without_each(
    mine: _Within, other: _Within, cross_sums: NDArray[np.float64]
) -> NDArray[np.float64] | None:
    """Return MMD² without each clip of one side, `None` where fewer than two rows are left."""
    left = mine.rows - mine.sizes
    if left.size < 2 or left.min() < 2:
        return None
    cross = (cross_sums.sum() - cross_sums) / (left * other.rows)
    return mine.means_without() + other.mean() - 2.0 * cross


def _within(rows: Rows, owners: Owners, kernel: Kernel) -> _Within:
    clips = int(owners.max()) + 1
    sums, own = np.zeros(clips), np.zeros(clips)
    for start in range(0, len(rows), BLOCK):
        block = slice(start, start + BLOCK)
        for other in range(0, len(rows), BLOCK):
            second = slice(other, other + BLOCK)
            values = kernel(rows[block], rows[second])
            if start == other:
                np.fill_diagonal(values, 0.0)
            sums += np.bincount(owners[block], weights=values.sum(axis=1), minlength=clips)
            same = owners[block][:, None] == owners[second][None]
            together = np.where(same, values, 0.0).sum(axis=1)
            own += np.bincount(owners[block], weights=together, minlength=clips)
    return _Within(len(rows), np.bincount(owners).astype(np.float64), sums, own)


def _across(first: Rows, second: Rows, kernel: Kernel) -> tuple[Rows, Rows]:
    """Return the sums of the kernel over the other side, of each row: (N₁,) and (N₂,)."""
    sums = np.zeros(len(first)), np.zeros(len(second))
    for start in range(0, len(first), BLOCK):
        for other in range(0, len(second), BLOCK):
            values = kernel(first[start : start + BLOCK], second[other : other + BLOCK])
            sums[0][start : start + BLOCK] += values.sum(axis=1)
            sums[1][other : other + BLOCK] += values.sum(axis=0)
    return sums


def _owners(
    clips: tuple[Sequence[str], Sequence[str]] | None, rows: tuple[int, int]
) -> tuple[Owners, Owners]:
    if clips is None:
        return np.arange(rows[0]), np.arange(rows[1])
    if (len(clips[0]), len(clips[1])) != rows:
        raise DataError(
            f"Got the clips of {len(clips[0])} and {len(clips[1])} rows for {rows[0]} generated "
            f"and {rows[1]} reference rows; expected one clip a row."
        )
    first, second = (np.unique(np.asarray(side), return_inverse=True)[1] for side in clips)
    return first.ravel(), second.ravel()


def _interval(
    value: float, scale: float, variance: float, inner: tuple[_Within, _Within]
) -> Interval | None:
    if not math.isfinite(variance):
        return None
    degrees = min(side.sizes.size for side in inner) - 1
    half = abs(scale) * student_quantile(degrees) * math.sqrt(variance)
    return value - half, value + half
