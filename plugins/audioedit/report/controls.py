"""What a method must beat: the distance of the source, and of silence, from the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ....core.catalog import Catalog
from ....core.errors import UnknownNameError
from ....core.measuring import build_metric
from ....core.metric_result import MetricResult
from ..blobs import BlobStore
from ..records import EditRecord
from ..seeds import fraction
from .side_by_side import side_by_side

if TYPE_CHECKING:
    from ....core.media.waveform import Waveform

CONTROLS = ("copy", "silence")
MOST_PAIRS = 50
"""Pairs of a task that are measured: intervals are told."""


def lsd_of_controls(
    records: Sequence[EditRecord], blobs: BlobStore, catalog: Catalog, most: int = MOST_PAIRS
) -> Mapping[str, Mapping[str, MetricResult]]:
    """Return task → control → log-spectral distance (metric ``lsd``), over some pairs of a task.

    ``copy`` gives the source back, ``silence`` gives nothing. Empty where no plugin measures it.
    """
    found: dict[str, dict[str, MetricResult]] = {}
    for task in sorted({record.task for record in records}):
        chosen = sample([r for r in records if r.task == task], most)
        try:
            metrics = {name: build_metric("lsd", catalog) for name in CONTROLS}
        except UnknownNameError:
            return {}
        measure = partial(_distances, blobs=blobs, catalog=catalog)
        for record, distances in zip(chosen, side_by_side(measure, chosen), strict=True):
            for name in CONTROLS:
                metrics[name].record(record.id, distances[name])
        found[task] = {name: metric.compute() for name, metric in metrics.items()}
    return found


def _distances(record: EditRecord, *, blobs: BlobStore, catalog: Catalog) -> dict[str, float]:
    """Return control → distance of one pair, by one metric: it transforms the target once."""
    from ....core.metric import Measured

    source, target = sides(record, blobs)
    silence = source.converted(source.samples * 0.0, "silenced")
    metric = build_metric("lsd", catalog)
    made = {"copy": source, "silence": silence}
    return {n: metric.score(Measured(made[n], target, source, id=record.id)) for n in CONTROLS}


def sample(records: Sequence[EditRecord], most: int) -> list[EditRecord]:
    """Return some records, the same every time, at random."""
    return sorted(records, key=lambda record: fraction("report", record.id))[:most]


def sides(record: EditRecord, blobs: BlobStore) -> tuple[Waveform, Waveform]:
    """Return source and target of a pair without what they were padded with.

    Raises:
        DataError: if one is missing or damaged.
    """
    source, target = (waveform(blobs, side.sha256) for side in (record.source, record.target))
    if not record.pad_samples:
        return source, target
    whole = source, target
    source, target = (s.converted(s.samples[:, : -record.pad_samples], "unpadded") for s in whole)
    return source, target


def waveform(blobs: BlobStore, sha256: str) -> Waveform:
    """Return a blob as a clip.

    Raises:
        DataError: if it is missing or damaged.
    """
    import torch

    from ....core.media.waveform import Waveform

    samples, rate = blobs.samples(sha256)
    shaped = samples[None] if samples.ndim == 1 else samples.T.copy()
    return Waveform(torch.from_numpy(shaped), rate)
