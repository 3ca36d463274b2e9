"""Samples of held-out rows during training, and their measurements."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ..catalog import Catalog
from ..data.cut import crop_row
from ..embedding_metric import EmbeddingMetric
from ..errors import UndefinedError
from ..events import Sample, SamplesReady
from ..geometry import Geometry
from ..measuring import Ears, build_metric, measure_rows
from ..media.audio import resample, to_channels
from ..media.video_file import Video
from ..media.waveform import Waveform
from ..metric import Measured, Metric
from ..metric_result import MetricResult
from ..metric_use import MetricUseConfig
from ..pipeline import Pipeline
from ..recipe import Recipe
from ..source import LoadAudio, Row
from .held_out_sources import judging_uses, open_held_out

logger = logging.getLogger(__name__)

CUT = "span"
"""Long held-out rows are cut around what an edit changes: elsewhere there is nothing to hear."""


@dataclass(frozen=True)
class HeldOutRows:
    """Rows of one task that are never trained on.

    Attributes:
        task: name of the task.
        rows: in the order of the source.
    """

    task: str
    rows: Sequence[Row]


def held_out_rows(
    recipe: Recipe, catalog: Catalog, count: int, geometry: Geometry
) -> list[HeldOutRows]:
    """Return up to ``count`` held-out rows per task of a recipe, each cut to one clip.

    They come from ``evaluation.sources``, or else from the held-out siblings of the mixture's
    sources. A task whose sources keep nothing back is left out. A row that is longer than the
    clips of ``geometry`` is cut around its edited span, always in the same place, and its
    waveforms record it.
    """
    found: dict[str, list[Row]] = {}
    for use in judging_uses(recipe):
        task = catalog.tasks.get(use.task).name
        source = open_held_out(use, recipe, catalog)
        rows = found.setdefault(task, [])
        if source is not None:
            missing = max(0, count - len(rows))
            chosen = range(min(missing, len(source)))
            rows.extend(crop_row(source.row(i), geometry, CUT) for i in chosen)
    return [HeldOutRows(task, rows) for task, rows in found.items() if rows]


def generate_held_out(pipeline: Pipeline, held_out: HeldOutRows, seed: int) -> list[Sample]:
    """Generate one clip per row with seeds ``seed``, ``seed + 1``, …, beside its reference.

    Source and reference are brought to the model's rate and channels, so that they compare.
    """
    seeds = [seed + i for i in range(len(held_out.rows))]
    results = pipeline.run(held_out.task, held_out.rows, seeds=seeds)
    samples = []
    for row, result in zip(held_out.rows, results, strict=True):
        source = cast("LoadAudio | None", row.media.get("source_audio"))
        samples.append(
            Sample(
                task=held_out.task,
                name=row.id,
                generated=result.waveform,
                reference=_as_model(pipeline, row.audio() if row.audio else None),
                source=_as_model(pipeline, source() if source else None),
                caption=str(row.fields.get("instruction") or row.fields.get("caption") or ""),
                seed=result.seed,
            )
        )
    return samples


def _as_model(pipeline: Pipeline, waveform: Waveform | None) -> Waveform | None:
    if waveform is None:
        return None
    geometry = pipeline.model.geometry
    return to_channels(resample(waveform, geometry.sample_rate_hz), geometry.channels)


def as_measured(sample: Sample, row: Row) -> Measured:
    """Return a sample with the facts of its row, as metrics read it."""
    return Measured(
        generated=sample.generated,
        reference=sample.reference,
        source=sample.source,
        fields=row.fields,
        truth=row.truth,
        id=row.id,
        video=cast("Video | None", row.media.get("video")),
    )


def measure(
    clips: Sequence[Measured], uses: Sequence[MetricUseConfig], ears: Ears
) -> dict[str, MetricResult]:
    """Return the result of each metric over the clips, by what the entry calls it.

    A metric that needs a reference, or sees a video, skips clips that have none, and one that has
    no value for a clip counts it; with no clip left it is left out.
    """
    results = {}
    for use in uses:
        metric = build_metric(use.name, ears.catalog, use.options, ears)
        usable = [clip for clip in clips if _has_all(clip, metric, ears.catalog)]
        if usable:
            try:
                results[use.shown] = found = measure_rows(metric, usable)
            except UndefinedError as failure:
                logger.info("%s", failure)
                continue
            for reason, count in found.undefined.items():
                logger.info("%s has no value for %d of the rows: %s", use.shown, count, reason)
    return results


def _has_all(clip: Measured, metric: Metric, catalog: Catalog) -> bool:
    lacks_reference = clip.reference is None and catalog.metrics.get(metric.name).needs_reference
    sees = isinstance(metric, EmbeddingMetric) and metric.sees
    return not lacks_reference and not (sees and clip.video is None)


class HeldOutEvaluation:
    """Generates and measures the same held-out rows each time it is called."""

    def __init__(self, recipe: Recipe, catalog: Catalog, pipeline: Pipeline) -> None:
        """Open the held-out rows once, and load what the metrics of the recipe listen with.

        Raises:
            ConfigError: if a network has no weights; says what to fetch and where to put it.
        """
        self.ears = Ears(catalog)
        for use in recipe.evaluation.metrics:
            build_metric(use.name, catalog, use.options, self.ears)
        self.recipe = recipe
        self.catalog = catalog
        self.pipeline = pipeline
        count = recipe.evaluation.samples_per_task
        self.held_out = held_out_rows(recipe, catalog, count, pipeline.model.geometry)

    def __call__(self, step: int) -> SamplesReady:
        """Return the samples and metrics of the model as it is now."""
        samples: list[Sample] = []
        results: dict[str, MetricResult] = {}
        for held_out in self.held_out:
            generated = generate_held_out(self.pipeline, held_out, seed=self.recipe.seed)
            samples += generated
            results |= self._measure(held_out, generated)
        return SamplesReady(
            step=step,
            samples=samples,
            metrics={name: result.value for name, result in results.items()},
            directions={name: result.direction for name, result in results.items()},
        )

    def _measure(
        self, held_out: HeldOutRows, samples: Sequence[Sample]
    ) -> Mapping[str, MetricResult]:
        spec = self.catalog.tasks.get(held_out.task)
        usual = [MetricUseConfig(name=name) for name in spec.default_metrics]
        uses = self.recipe.evaluation.metrics or usual
        clips = [as_measured(s, row) for s, row in zip(samples, held_out.rows, strict=True)]
        return {
            f"{held_out.task}/{name}": result
            for name, result in measure(clips, uses, self.ears).items()
        }
