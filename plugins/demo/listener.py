"""Classifiers that listen to what was generated, each trained on real renderings of one task."""

from __future__ import annotations

from typing import Any

from ...core.catalog import Catalog
from ...core.data.config import SourceUseConfig
from ...core.data.uri import open_source
from ...core.source import Row

CLIPS = 2000
FAR_FROM_TRAINING = 50_000
"""First row to listen to: a training pool takes the first rows of a source."""


def labels_of(row: Row) -> list[str]:
    """Return what a row's truth says can be heard, without repetition.

    Its events are all that sounds; its label can name what an edit took away, and so counts only
    where the truth tells no events.
    """
    events, label = row.truth.get("events"), row.truth.get("label")
    if events is None:
        return [] if label is None else [str(label)]
    return sorted({str(event["label"]) for event in events})


def train_listener(
    use: SourceUseConfig, catalog: Catalog, seed: int, clips: int = CLIPS
) -> Any | None:
    """Return a classifier of what is heard in a source's clips, or `None`.

    It is trained on rows that the generating model is not trained on, and that are not the
    held-out rows either; so it can judge both. A source too small to have such rows gets none.
    """
    source = open_source(use.uri, use.options, catalog)
    if len(source) < FAR_FROM_TRAINING + clips:
        return None
    rows = [source.row(FAR_FROM_TRAINING + i) for i in range(clips)]
    waveforms = [row.audio() for row in rows if row.audio is not None]
    metric = catalog.metrics.load("event_heard")
    return metric.train_classifier(waveforms, [labels_of(row) for row in rows], seed)
