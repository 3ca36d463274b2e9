"""What the metrics of whole sets have in common: two sides, each clip of a side once.

Shapes: P vectors of a clip, N vectors of a set, D values of a vector.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel

from ...core.embedder import Ear, Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric, Side
from ...core.errors import ConfigError, DataError, RequestError
from ...core.metric_result import MetricResult
from ...core.row_keys import NO_ID, row_key, rows_digest
from .outputs import Rows, rows_of


class SetMetric(EmbeddingMetric, abc.ABC):
    """Compares what was heard of two sets, which need no pairs and may differ in size.

    A row may bring both clips, or one alone. One that was measured twice, by processes that share
    a set, counts once on each side.
    """

    def __init__(self, config: BaseModel | None = None, ear: Ear | None = None) -> None:
        """Keep the options and the network; nothing is heard yet."""
        super().__init__(config, ear)
        self._forget_all()

    def add(self, heard: Heard) -> None:
        """Take in what was heard of a row, on the sides that it has."""
        for side in self.hears:
            embedding: Embedding | None = getattr(heard, side)
            if embedding is None:
                continue
            key = row_key(heard.id)
            if key == NO_ID or key not in self._known[side]:
                self.take(side, heard.id, rows_of(self, embedding, heard.id))
                self._remember(side, [key])

    @abc.abstractmethod
    def take(self, side: Side, row: str, rows: Rows) -> None:
        """Take in the vectors (P, D) of one clip."""

    @abc.abstractmethod
    def absorb(self, other: Any) -> None:
        """Take in what another of the same kind has taken."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Take in nothing so far."""

    @abc.abstractmethod
    def result(self) -> dict[str, Any]:
        """Return value, interval, flags and details, as of `MetricResult`."""

    def merge_state(self, incoming_state: Any) -> None:
        """Take in what another process has measured.

        Raises:
            ConfigError: if both measured the same rows, and the metric cannot tell them apart.
        """
        self.absorb(incoming_state)
        for side in self.hears:
            theirs = incoming_state._seen[side]
            self._remember(side, [k for k in theirs if k == NO_ID or k not in self._known[side]])

    def reset(self) -> None:
        """Forget everything."""
        super().reset()
        self._forget_all()

    def compute(self) -> MetricResult:
        """Return the value of the sets.

        Raises:
            ConfigError: if nothing was measured.
            RequestError: if the value does not exist for these sets; says why.
        """
        clips = self._seen["generated"]
        if not clips:
            raise ConfigError(f"Metric '{self.name}' was given no clip; call update() first.")
        try:
            found = self.result()
        except DataError as failure:
            raise RequestError(f"Metric '{self.name}': {failure}") from failure
        details = {f"{side}_clips": len(self._seen[side]) for side in self.hears}
        return MetricResult(
            name=self.name,
            n=len(clips),
            unit=self.unit,
            direction=self.direction,
            fingerprint=self.fingerprint(),
            rows=self._digest(),
            **{**found, "details": {**details, **found["details"]}},
        )

    def check_more_than_one(self) -> None:
        """Refuse a side of one clip, whose vectors tell of that clip and of no set.

        Raises:
            DataError: says of which side.
        """
        for side in self.hears:
            if len(self._seen[side]) == 1:
                raise DataError(
                    f"Got one {side} clip; expected at least two: the vectors of one clip spread "
                    "as that clip does, which says nothing of a set. Measure more clips."
                )

    def _digest(self) -> str | None:
        digests = [rows_digest(np.asarray(self._seen[side], dtype=np.int64)) for side in self.hears]
        return None if None in digests else "-".join(dict.fromkeys(map(str, digests)))

    def _remember(self, side: str, keys: Sequence[int]) -> None:
        self._seen[side] += keys
        self._known[side].update(keys)

    def _forget_all(self) -> None:
        self._seen: dict[str, list[int]] = {side: [] for side in self.hears}
        self._known: dict[str, set[int]] = {side: set() for side in self.hears}
        self.clear()


class RowsMetric(SetMetric, abc.ABC):
    """A metric of sets that needs every vector at once: kept as float32, in the order of keys."""

    def take(self, side: Side, row: str, rows: Rows) -> None:
        """Keep the vectors of one clip."""
        self._kept[side].append((row, rows.astype(np.float32)))

    def absorb(self, other: RowsMetric) -> None:
        """Keep what another has kept, but for clips that are here."""
        for side in self.hears:
            here = {row for row, _ in self._kept[side] if row}
            self._kept[side] += [(row, v) for row, v in other._kept[side] if row not in here]

    def clear(self) -> None:
        """Keep nothing."""
        self._kept: dict[str, list[tuple[str, Any]]] = {side: [] for side in self.hears}

    def side(self, side: Side) -> tuple[Rows, Sequence[str]]:
        """Return all vectors (N, D) of a side, and the clip that each is of."""
        kept = sorted(self._kept[side], key=lambda item: row_key(item[0]))
        if not kept:
            raise DataError(f"Got no {side} clip; expected some on each side.")
        names = [row or f"#{number}" for number, (row, _) in enumerate(kept)]
        owners = [name for name, (_, rows) in zip(names, kept, strict=True) for _ in rows]
        return np.concatenate([rows for _, rows in kept]).astype(np.float64), owners
