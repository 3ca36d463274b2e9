"""Count, mean and scatter of embeddings: merged in any order, in bounded memory, float64.

Up to D rows are kept as they are, since a covariance of fewer rows than its width is known
exactly only through them (`frechet`); from then on they are folded into moments. Whether they
are kept depends on the number of rows alone, so one process and four give the same route.

Memory is D² + D² numbers and at most D rows and one batch; docs/explanation/measured.md has the
time of 100 000 rows of 2048.

Source: Chan, Golub & LeVeque 1983, "Algorithms for Computing the Sample Variance", eq. 2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from ...core.errors import DataError
from .rows import Rows, as_rows

if TYPE_CHECKING:
    from torch import Tensor


class Gaussian:
    """What is known of one set of embeddings (D wide): rows while they are few, then moments."""

    def __init__(self, width: int) -> None:
        """Know nothing yet of embeddings of ``width`` numbers."""
        if width < 1:
            raise DataError(f"Got embeddings of width {width}; expected at least 1.")
        self.width = width
        self._folded = 0
        self._mean = np.zeros(width)
        self._scatter = np.zeros((0, width))  # (D, D) once something is folded
        self._kept: list[Rows] = []
        self._kept_count = 0

    @classmethod
    def of(cls, rows: ArrayLike, what: str = "embeddings") -> Gaussian:
        """Return the statistics of (N, D), given at once."""
        checked = as_rows(rows, what)
        made = cls(checked.shape[1])
        made.add(checked, what)
        return made

    @property
    def count(self) -> int:
        """Return N."""
        return self._folded + self._kept_count

    @property
    def rows(self) -> Rows | None:
        """Return (N, D) while N is at most D, else `None`; copies nothing that it need not."""
        if self._folded:
            return None
        return self._pending()

    def add(self, rows: ArrayLike, what: str = "embeddings") -> None:
        """Take (n, D) in; n may be 1 or 0.

        Raises:
            DataError: if the width differs, or a number is NaN or infinite; nothing is taken.
        """
        checked = as_rows(rows, what, width=self.width)
        if np.may_share_memory(checked, np.asarray(rows)):
            checked = checked.copy()  # a caller may reuse its buffer
        self._keep(checked)

    def merge(self, other: Gaussian) -> None:
        """Take in what another process, shard or batch knows; the other is left as it was."""
        if other.width != self.width:
            raise DataError(
                f"Got statistics of width {other.width} to merge into those of width {self.width}; "
                "expected embeddings of the same network."
            )
        if other._folded:
            self._absorb(other._folded, other._mean, other._scatter)
        for rows in list(other._kept):
            self._keep(rows)

    def copy(self) -> Gaussian:
        """Return statistics that can grow on their own."""
        made = Gaussian(self.width)
        made.merge(self)
        return made

    def mean(self) -> Rows:
        """Return μ, (D,).

        Raises:
            DataError: if there is no row.
        """
        self._need(1)
        rows = self.rows
        return rows.mean(axis=0) if rows is not None else self._moments()[1]

    def covariance(self) -> Rows:
        """Return Σ, (D, D), with N − 1 in the denominator.

        Raises:
            DataError: for fewer than two rows.
        """
        self._need(2)
        count, _, scatter = self._moments()
        return scatter / (count - 1)

    def trace(self) -> float:
        """Return tr Σ, without forming Σ from rows.

        Raises:
            DataError: for fewer than two rows.
        """
        self._need(2)
        rows = self.rows
        if rows is not None:
            return float(np.square(rows - rows.mean(axis=0)).sum() / (len(rows) - 1))
        return float(np.trace(self.covariance()))

    def to_tensors(self) -> dict[str, Tensor]:
        """Return the state as tensors: count (), mean (D,), scatter (D or 0, D), rows (n, D)."""
        import torch

        return {
            "count": torch.tensor(self._folded, dtype=torch.int64),
            "mean": torch.from_numpy(self._mean.copy()),
            "scatter": torch.from_numpy(self._scatter.copy()),
            "rows": torch.from_numpy(self._pending().copy()),
        }

    @classmethod
    def from_tensors(cls, state: Mapping[str, Tensor]) -> Gaussian:
        """Return the statistics that `to_tensors` wrote.

        Raises:
            DataError: if entries are missing, or their shapes do not fit one another.
        """
        missing = {"count", "mean", "scatter", "rows"} - state.keys()
        if missing:
            raise DataError(f"A state of embeddings lacks {', '.join(sorted(missing))}.")
        mean = state["mean"].cpu().double().numpy()
        scatter = state["scatter"].cpu().double().numpy()
        made, count = cls(mean.size), int(state["count"])
        if scatter.shape != ((made.width if count else 0), made.width):
            raise DataError(
                f"A state of {count} folded embeddings has a scatter of shape {scatter.shape}; "
                f"expected ({made.width if count else 0}, {made.width})."
            )
        made._folded, made._mean, made._scatter = count, mean.copy(), scatter.copy()
        made.add(state["rows"].cpu().double().numpy(), "kept embeddings")
        return made

    def _keep(self, rows: Rows) -> None:
        if not len(rows):
            return
        self._kept.append(rows)
        self._kept_count += len(rows)
        if self._kept_count > self.width:
            self._fold()

    def _pending(self) -> Rows:
        if len(self._kept) != 1:
            self._kept = [np.concatenate([np.zeros((0, self.width)), *self._kept])]
        return self._kept[0]

    def _fold(self) -> None:
        """Turn the kept rows into moments."""
        rows = self._pending()
        self._kept, self._kept_count = [], 0
        if len(rows):
            self._absorb(*_moments(rows))

    def _absorb(self, count: int, mean: Rows, scatter: Rows) -> None:
        """Merge moments: δ = μ_b − μ_a; S = S_a + S_b + δδᵀ n_a n_b / n."""
        if not self._folded:
            self._folded, self._mean, self._scatter = count, mean.copy(), scatter.copy()
            return
        total, delta = self._folded + count, mean - self._mean
        self._scatter += scatter
        self._scatter += np.outer(delta, delta * (self._folded * count / total))
        self._mean = self._mean + delta * (count / total)
        self._folded = total

    def _moments(self) -> tuple[int, Rows, Rows]:
        """Return count, mean and scatter of everything, the kept rows included."""
        if not self._folded:
            return _moments(self._pending())
        self._fold()
        return self._folded, self._mean, self._scatter

    def _need(self, least: int) -> None:
        if self.count < least:
            raise DataError(
                f"Got {self.count} embeddings; expected at least {least}. Measure more clips, or "
                "clips long enough to give an embedding."
            )


def _moments(rows: Rows) -> tuple[int, Rows, Rows]:
    mean = rows.mean(axis=0)
    centred = rows - mean
    return len(rows), mean, centred.T @ centred
