"""The Fréchet audio distance of giving the source back, and of silence, from the targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ....core.catalog import Catalog
from ....core.embedder import Heard
from ....core.embedding_metric import EmbeddingMetric
from ....core.errors import ConfigError, UnknownNameError
from ....core.measuring import Ears, build_metric
from ....core.metric_result import MetricResult
from ..blobs import BlobStore
from ..ingredients.recording import without_paths
from ..records import EditRecord
from .controls import CONTROLS, MOST_PAIRS, sample, sides

METRIC = "fad"
LEAST_PAIRS = 2
"""A distribution of one clip has no width."""


@dataclass(frozen=True)
class FadControls:
    """What was measured, or why nothing was.

    Attributes:
        results: task → control → distance.
        missing: why it cannot be measured here; empty if it was.
    """

    results: Mapping[str, Mapping[str, MetricResult]] = field(default_factory=dict)
    missing: str = ""


def fad_of_controls(
    records: Sequence[EditRecord],
    blobs: BlobStore,
    catalog: Catalog,
    *,
    embedder: str | None = None,
    most: int = MOST_PAIRS,
) -> FadControls:
    """Return the distances of ``copy`` and ``silence`` from the targets, by kind of edit.

    Args:
        records: finished pairs.
        blobs: where their audio is.
        catalog: where the metric and what it listens with are looked up.
        embedder: what listens; left out, the metric's own, as in the paper's tables.
        most: pairs of a kind of edit that are listened to.

    Raises:
        DataError: if a blob is missing or damaged.
    """
    options = {} if embedder is None else {"embedder": {"name": embedder}}
    ears, found = Ears(catalog), dict[str, Mapping[str, MetricResult]]()
    for task in sorted({record.task for record in records}):
        chosen = sample([r for r in records if r.task == task], most)
        if len(chosen) < LEAST_PAIRS:
            continue
        try:
            metrics = {n: build_metric(METRIC, catalog, options, ears) for n in CONTROLS}
        except (ConfigError, UnknownNameError) as failure:
            return FadControls(missing=without_paths(str(failure)))
        found[task] = _measured(chosen, blobs, metrics)
    return FadControls(found)


def _measured(
    chosen: Sequence[EditRecord], blobs: BlobStore, metrics: Mapping[str, object]
) -> dict[str, MetricResult]:
    """Return control → distance; every clip is listened to once."""
    listening = {n: m for n, m in metrics.items() if isinstance(m, EmbeddingMetric)}
    ear = next(iter(listening.values())).ear
    assert ear is not None  # noqa: S101 - build_metric brings one
    for record in chosen:
        source, target = sides(record, blobs)
        silence = source.converted(source.samples * 0.0, "silenced")
        copied, nothing, wanted = ear.hear([source, silence, target])
        for name, made in (("copy", copied), ("silence", nothing)):
            listening[name].add(Heard(id=record.id, generated=made, reference=wanted))
    return {name: metric.compute() for name, metric in listening.items()}
