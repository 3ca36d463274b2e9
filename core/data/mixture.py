"""Which rows of which sources make each batch: weighted, seeded, resumable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError
from ..source import DataSource
from .config import MixtureConfig
from .permutation import permute


@dataclass(frozen=True)
class Pick:
    """One row to read.

    Attributes:
        source: number of the source in the mixture.
        row: number of the row in that source.
        draw: how many rows of that source were drawn before this one.
    """

    source: int
    row: int
    draw: int


class Mixture:
    """Draws rows from weighted sources.

    The composition of a batch is a pure function of the seed, the step and how many rows of each
    source were drawn so far. Every source is visited in a seeded order, all rows once per epoch.

    Attributes:
        shares: share of each source in the draws, before any is exhausted; they sum to 1.
        drawn: rows drawn of each source so far.
    """

    def __init__(self, config: MixtureConfig, sources: Sequence[DataSource], seed: int) -> None:
        """Compute shares and caps; ``sources`` are those of the config, in its order.

        Raises:
            DataError: if a source has no row, or the numbers of sources differ.
        """
        uses = config.sources
        if len(uses) != len(sources):
            raise DataError(f"The mixture names {len(uses)} sources; got {len(sources)} open ones.")
        for use, source in zip(uses, sources, strict=True):
            if len(source) == 0:
                raise DataError(
                    f"Source '{use.uri}' has no row left to train on; expected at least one. "
                    "Check its filter and its held-out fraction, or leave it out."
                )
        self.names = [f"{use.uri} as {use.task}" for use in uses]
        self.seed = seed
        self.rows = [
            min(len(s), use.max_rows or len(s)) for use, s in zip(uses, sources, strict=True)
        ]
        self.caps: list[float] = [
            math.inf if use.max_epochs is None else max(1, math.floor(use.max_epochs * rows))
            for use, rows in zip(uses, self.rows, strict=True)
        ]
        weights = np.array([use.weight for use in uses], dtype=np.float64)
        powered = (weights / weights.max()) ** (1.0 / config.temperature)
        self.shares: list[float] = (powered / powered.sum()).tolist()
        self.drawn = [0] * len(uses)

    def plan(self, step: int, batch_size: int) -> list[Pick]:
        """Return the picks of a step, and count them as drawn.

        Sources that reached their cap give their share to the others; the last batch before all
        are exhausted may be smaller.

        Raises:
            DataError: if all sources are exhausted.
        """
        rng = np.random.default_rng([self.seed, step])
        counts = self._allocate(batch_size, rng)
        if not any(counts):
            raise DataError(
                f"All {len(self.rows)} sources of the mixture are exhausted at step {step} "
                f"(rows drawn: {self.drawn}). Raise max_epochs, or train for fewer steps."
            )
        picks = [
            self._pick(source, self.drawn[source] + i)
            for source, count in enumerate(counts)
            for i in range(count)
        ]
        for source, count in enumerate(counts):
            self.drawn[source] += count
        return [picks[i] for i in rng.permutation(len(picks))]

    def realised_shares(self) -> list[float]:
        """Return the share of each source in all rows drawn so far; zeros before the first."""
        total = max(1, sum(self.drawn))
        return [count / total for count in self.drawn]

    def state_dict(self) -> dict[str, Any]:
        """Return the counters, as plain JSON values."""
        return {"seed": self.seed, "rows": list(self.rows), "drawn": list(self.drawn)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from the counters of an equal mixture.

        Raises:
            DataError: if the mixture has other sources, other numbers of rows or another seed.
        """
        rows, seed, drawn = (state.get(name) for name in ("rows", "seed", "drawn"))
        if rows != self.rows or seed != self.seed or len(drawn or ()) != len(self.rows):
            raise DataError(
                f"Cannot resume the mixture: it had seed {seed} and sources of {rows} rows; "
                f"now seed {self.seed} and {self.rows} rows ({', '.join(self.names)}). "
                "Restore the data, or start a new run."
            )
        self.drawn = [int(count) for count in drawn or ()]

    def _pick(self, source: int, draw: int) -> Pick:
        epoch, position = divmod(draw, self.rows[source])
        return Pick(source, permute(position, self.rows[source], self.seed, source, epoch), draw)

    def _allocate(self, batch_size: int, rng: np.random.Generator) -> list[int]:
        """Split a batch so that all rows drawn so far come closest to the shares.

        What each source lacks is rounded by systematic sampling; sources at their cap are left
        out, with what they were given.
        """
        counts = np.zeros(len(self.rows), dtype=np.int64)
        while counts.sum() < batch_size:
            missing = batch_size - int(counts.sum())
            drawn = np.array(self.drawn) + counts
            left = np.array(self.caps) - drawn
            if not (left > 0).any():
                break
            lacking = _lacking(np.where(left > 0, self.shares, 0.0), drawn, missing)
            counts += np.minimum(_systematic(lacking, missing, rng), left).astype(np.int64)
        return [int(count) for count in counts]


Array = np.ndarray[Any, Any]


def _lacking(shares: Array, drawn: Array, coming: int) -> Array:
    """Return how many rows each source with a share lacks once ``coming`` more are drawn."""
    shares = shares / shares.sum()
    total = drawn[shares > 0].sum() + coming
    return np.where(shares > 0, shares * total - drawn, 0.0).clip(0)


def _systematic(weights: Array, total: int, rng: np.random.Generator) -> Array:
    """Return whole numbers that sum to ``total``, each within 1 of its weighted part of it."""
    edges = np.cumsum(weights) / weights.sum() * total
    edges[np.flatnonzero(weights)[-1] :] = total  # rounding must not lose or misplace the last one
    marks = np.ceil(edges - rng.random()).astype(int).clip(0)
    return np.diff(marks, prepend=0)
