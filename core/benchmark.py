"""What a benchmark is: a folder of rows, the metrics to take, and the figures of others."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from .config import Config


class MetricUse(Config):
    """A metric of a benchmark.

    Attributes:
        name: a registered metric.
        options: its options.
        column: what the paper calls it, for example ``"FAD"``; empty: it does not print it.
        optional: whether the rest is measured where the weights of its network are not there.
    """

    name: str
    options: dict[str, Any] = Field(default_factory=dict)
    column: str = ""
    optional: bool = False


class Benchmark(Config):
    """A test set that a model is measured on.

    Its folder holds ``manifest.jsonl``, one JSON object a row, with the fields below; paths are
    relative to the folder. Rows of a benchmark are never trained on.

    Attributes:
        title: how a report calls it.
        task: a registered task.
        fields: name of a field of a row to what it holds.
        media: those fields that are paths of files.
        metrics: what is measured, the headline first.
        obtain: where its data is had, under which licence, and what is not known of it.
        rows: how many rows the set is said to have, or `None`.
        clip_seconds: length that clips are generated at and references cut to; `None`: their own.
        reference: which of those clips metrics compare with.
        durations: whether a clip and its reference are cut to the shorter one, or left as they
            are, for metrics that compare no clips of one length.
        tables: table of the paper to the words before a metric in its columns (``{"A5": "T2A"}``).
    """

    title: str
    task: str
    fields: dict[str, str]
    media: tuple[str, ...] = ()
    metrics: tuple[MetricUse, ...]
    obtain: str
    rows: int | None = None
    clip_seconds: float | None = None
    reference: str = "audio"
    durations: Literal["shorter", "as_is"] = "shorter"
    tables: dict[str, str] = Field(default_factory=dict)

    def columns(self, table: str) -> dict[str, MetricUse]:
        """Return the paper's columns of a table that this benchmark fills, with their metrics."""
        if table not in self.tables:
            return {}
        before = self.tables[table]
        return {f"{before} {use.column}".strip(): use for use in self.metrics if use.column}
