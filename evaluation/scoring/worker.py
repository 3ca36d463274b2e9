"""Measures rows, and remembers on disk what was heard and what was measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch

from ...core.catalog import Catalog
from ...core.data.bounded_folder import BoundedFolder
from ...core.data.content import content_digest
from ...core.data.feature_cache import FeatureCache
from ...core.embedder import Ear, Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric
from ...core.errors import AudioOmniError, MediaError, RequestError, UndefinedError
from ...core.measuring import Ears
from ...core.metric import Measured
from .batch import Loaded, Outcome, hear_all
from .measures import Measure, build_measures
from .preparing import Prepared, PreparedRow

BATCH = 8
"""Rows that are measured together; fixed, so that no number hangs on who measures them."""

SAVE_EVERY_S = 2.0
"""What was computed since is lost if the process is killed."""


@dataclass(frozen=True)
class Job:
    """All that a process needs to know to measure rows; can be pickled.

    Attributes:
        metrics: names.
        options: theirs.
        cache: what was heard and measured.
        open_catalog: returns the plugins, anew in each process.
    """

    metrics: Sequence[str]
    options: dict[str, dict[str, Any]]
    cache: BoundedFolder
    open_catalog: Callable[[], Catalog]


@dataclass(frozen=True)
class Found:
    """What a metric makes of a row.

    Attributes:
        row: the row.
        measure: the metric.
        value: of the row; or what was heard of it; or the clips, for a metric that wants them.
        refused: why there is none, instead, of a row that lacks something or is broken.
        undefined: why there is none of a row with which nothing is wrong.
    """

    row: PreparedRow
    measure: Measure
    value: float | Heard | Measured | None = None
    refused: str = ""
    undefined: str = ""


class Worker:
    """Listens to rows and measures them; what is known is read."""

    def __init__(self, job: Job, catalog: Catalog) -> None:
        """Load the metrics and their networks.

        Raises:
            AudioOmniError: as `build_measures`.
        """
        self.cache = job.cache
        self.ears = Ears(catalog, job.cache)
        self.measures = build_measures(job.metrics, job.options, catalog, self.ears)
        self._folders = {
            measure.name: _values_folder(measure) for measure in self.measures if measure.is_of_rows
        }
        self._values = self._open_values()
        self._saved_at = time.monotonic()

    def reopen(self) -> None:
        """Look for what other processes have written."""
        self._values = self._open_values()
        self.ears.reopen()

    def measure(self, rows: Sequence[PreparedRow]) -> Iterator[Found]:
        """Yield what each metric makes of each row that it takes."""
        clips = Loaded()
        with one_thread():
            self._listen(rows, clips)
            for row in rows:
                for measure in self.measures:
                    if measure.takes(row):
                        yield self._found(row, measure, clips)
        if time.monotonic() - self._saved_at > SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write to disk what is not there yet."""
        self.ears.flush()
        for cache in self._values.values():
            cache.flush()
        self._saved_at = time.monotonic()

    def counts(self) -> dict[str, int]:
        """Return how many values and embeddings were computed, and how many were known."""
        caches = [*self._values.values(), *(ear.cache for ear in self._ears() if ear.cache)]
        return {
            "computed": sum(cache.computed for cache in caches),
            "reused": sum(cache.reused for cache in caches),
        }

    def _open_values(self) -> dict[str, FeatureCache]:
        return {name: self.cache.open(folder) for name, folder in self._folders.items()}

    def _ears(self) -> list[Ear]:
        metrics = [m.metric for m in self.measures if isinstance(m.metric, EmbeddingMetric)]
        return list({id(metric.ear): metric.ear for metric in metrics if metric.ear}.values())

    def _listen(self, rows: Sequence[PreparedRow], clips: Loaded) -> None:
        """Let each network hear the clips of a batch; what it hears is then known."""
        self._heard: dict[tuple[int, str], Outcome] = {}
        for ear in self._ears():
            wanted: dict[str, Prepared] = {}
            for row in rows:
                for measure in self.measures:
                    metric = measure.metric
                    if isinstance(metric, EmbeddingMetric) and metric.ear is ear:
                        for side in metric.hears if measure.takes(row) else ():
                            clip = getattr(row, side)
                            if clip is not None:
                                wanted[clip.key] = clip
            for key, heard in hear_all(ear, list(wanted.values()), clips).items():
                self._heard[id(ear), key] = heard

    def _found(self, row: PreparedRow, measure: Measure, clips: Loaded) -> Found:
        try:
            if isinstance(measure.metric, EmbeddingMetric):
                return Found(row, measure, self._heard_of(row, measure.metric))
            if measure.is_of_rows:
                return self._value_of(row, measure, clips)
            return Found(row, measure, clips.measured(row))
        except UndefinedError as failure:
            return Found(row, measure, undefined=failure.reason)
        except (RequestError, MediaError) as failure:
            return Found(row, measure, refused=str(failure))

    def _heard_of(self, row: PreparedRow, metric: EmbeddingMetric) -> Heard:
        ear = metric.ear
        assert ear is not None  # noqa: S101 - build_metric brings one
        sides: dict[str, Embedding] = {}
        for side in metric.hears:
            clip = getattr(row, side)
            if clip is not None:
                heard = self._heard[id(ear), clip.key]
                if isinstance(heard, AudioOmniError):
                    raise heard
                sides[side] = heard
        words = row.fields.get(metric.reads) if metric.reads else None
        return Heard(
            id=row.id,
            generated=sides.get("generated"),
            reference=sides.get("reference"),
            text=ear.read([str(words)])[0] if words else None,
            fields=row.fields,
            truth=row.truth,
            video=_seen(row, metric, ear) if metric.sees else None,
        )

    def _value_of(self, row: PreparedRow, measure: Measure, clips: Loaded) -> Found:
        """Return the value of a row; equal clips with equal facts are measured once."""
        made, wanted = (clip.key if clip else None for clip in (row.generated, row.reference))
        key = content_digest([made, wanted, dict(row.fields), dict(row.truth)])

        def compute(_: list[Any]) -> list[dict[str, Any]]:
            try:
                return [{"value": measure.metric.score(clips.measured(row))}]
            except UndefinedError as failure:
                return [{"undefined": failure.reason}]
            except RequestError as failure:
                return [{"refused": str(failure)}]

        (kept,) = self._values[measure.name].features([row], [key], compute)
        why = kept.get("refused", ""), kept.get("undefined", "")
        return Found(row, measure, kept.get("value"), *why)


def _seen(row: PreparedRow, metric: EmbeddingMetric, ear: Ear) -> Embedding:
    """Return what the network sees beside the clip that it hears of a row."""
    (side,) = metric.hears
    clip, video = getattr(row, side), row.video
    assert video is not None  # noqa: S101 - `check_needs`
    return ear.watch(video.load, clip.seconds, video.key)


def _values_folder(measure: Measure) -> str:
    return f"values2-{measure.name}-{content_digest(measure.metric.fingerprint())}"


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one thread in this block: sums of many threads differ in their last bits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
