"""Which rows of which sources make each batch: weighted, seeded, resumable."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DataError
from ..source import DataSource
from .config import MixtureConfig
from .permutation import permute
from .shares import Array, Shares, tasks_of


@dataclass(frozen=True)
class Pick:
    """One row to read.

    Attributes:
        source: number of the source in the mixture.
        row: number of the row in that source.
        draw: how many rows of that source were drawn before this one.
        epoch: how often all rows of that source were drawn before.
    """

    source: int
    row: int
    draw: int
    epoch: int = 0


class Mixture:
    """Draws rows from weighted sources.

    The composition of a batch is a pure function of the seed, the step, and how many rows of each
    source were drawn and owed so far. Every source is visited in a seeded order, all rows once per
    epoch.

    Attributes:
        drawn: rows drawn of each source so far.
        owed: rows that its shares promised it so far, step by step.
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
        self._shares = Shares(config, self.rows)
        one_task = config.batches == "one_task"
        self._together = tasks_of(uses) if one_task else [np.ones(len(uses), dtype=bool)]
        self.drawn = [0] * len(uses)
        self.owed = [0.0] * len(uses)

    @property
    def shares(self) -> list[float]:
        """Return the share of each source at the first step."""
        shares: list[float] = self._shares.at(0).tolist()
        return shares

    def plan(self, step: int, batch_size: int) -> list[Pick]:
        """Return the picks of a step, and count them as drawn.

        Sources that reached their cap give their share to the others; the last batch before all
        are exhausted may be smaller, as may the last before one of its task's are.

        Raises:
            DataError: if all sources are exhausted, or have faded out.
        """
        rng = np.random.default_rng([self.seed, step])
        counts = self._allocate(step, batch_size, rng)
        if not any(counts):
            raise DataError(
                f"All {len(self.rows)} sources of the mixture are exhausted at step {step}, or "
                f"have faded out (rows drawn: {self.drawn}). Raise max_epochs, or train for fewer "
                "steps."
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
        return {
            "seed": self.seed,
            "names": list(self.names),
            "rows": list(self.rows),
            "drawn": list(self.drawn),
            "owed": list(self.owed),
        }

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
        self.owed = [float(rows) for rows in state.get("owed", self.drawn)]

    def adopt(self, state: Mapping[str, Any]) -> list[str]:
        """Go on from the counters of another mixture, for the sources that are in both.

        A source that has the same name, place among those of that name, and number of rows goes on
        where it was; any other begins with its first row, and is owed nothing of what was drawn
        before.

        Returns:
            The names of the sources that begin anew.
        """
        known = {key: i for i, key in enumerate(_numbered(state.get("names", ())))}
        anew = []
        for i, key in enumerate(_numbered(self.names)):
            before = known.get(key)
            if before is None or state["rows"][before] != self.rows[i]:
                anew.append(self.names[i])
                continue
            self.drawn[i] = int(state["drawn"][before])
            self.owed[i] = float(state.get("owed", state["drawn"])[before])
        return anew

    def _pick(self, source: int, draw: int) -> Pick:
        epoch, position = divmod(draw, self.rows[source])
        row = permute(position, self.rows[source], self.seed, source, epoch)
        return Pick(source, row, draw, epoch)

    def _allocate(self, step: int, batch_size: int, rng: np.random.Generator) -> list[int]:
        """Split a batch so that all rows drawn so far come closest to what is owed.

        What each source lacks is rounded by systematic sampling; sources at their cap are left
        out, with what they were given. Where a batch has one task, it is drawn by what its
        sources lack.
        """
        shares, drawn = self._shares.at(step), np.array(self.drawn)
        counts = np.zeros(len(self.rows), dtype=np.int64)
        together = np.ones(len(self.rows), dtype=bool)
        while counts.sum() < batch_size:
            missing = batch_size - int(counts.sum())
            left = np.array(self.caps) - drawn - counts
            promised = _parts(np.where(left > 0, shares, 0.0), missing)
            lacking = np.where(promised > 0, self.owed + promised - drawn - counts, 0.0).clip(0)
            if not counts.any():
                together = self._draw_task(lacking if lacking.any() else promised, rng)
            wanted = np.where(together, lacking if lacking[together].any() else promised, 0.0)
            if not wanted.any():
                break
            given = np.minimum(_systematic(wanted, missing, rng), left).astype(np.int64)
            counts += given
            self.owed = (self.owed + promised * given.sum() / missing).tolist()
        return [int(count) for count in counts]

    def _draw_task(self, lacking: Array, rng: np.random.Generator) -> Array:
        """Return which sources (S,) bool a batch is drawn from: all, or those of one task."""
        weights = np.array([lacking[together].sum() for together in self._together])
        if len(weights) == 1 or not weights.any():
            return self._together[0]
        return self._together[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _numbered(names: Iterable[str]) -> list[tuple[str, int]]:
    """Return names with how often each came before."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        found.append((name, seen[name]))
        seen[name] += 1
    return found


def _parts(shares: Array, total: int) -> Array:
    """Return what of ``total`` each share is, whatever the shares sum to."""
    everything = shares.sum()
    return shares * (total / everything) if everything > 0 else shares


def _systematic(weights: Array, total: int, rng: np.random.Generator) -> Array:
    """Return whole numbers that sum to ``total``, each within 1 of its weighted part of it."""
    edges = np.cumsum(weights) / weights.sum() * total
    edges[np.flatnonzero(weights)[-1] :] = total  # rounding must not lose or misplace the last one
    marks = np.ceil(edges - rng.random()).astype(int).clip(0)
    return np.diff(marks, prepend=0)
