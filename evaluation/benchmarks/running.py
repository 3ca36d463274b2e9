"""A model on a benchmark: its clips or answers are made, measured, and kept with their numbers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.catalog import Catalog
from ...core.errors import ConfigError, suggestion
from ...core.flow.config import SamplingConfig
from ...core.geometry import Geometry
from ...core.measuring import Ears, build_metric, measure_rows
from ...core.metric import Answered
from ...core.metric_result import MetricResult
from ...core.pipeline import Pipeline
from ...core.source import Row
from ..scoring.versions import versions_of
from .answer_file import read_answers
from .costs import read_costs
from .cutting import Cutter
from .evaluation import Evaluation, keep
from .folder import BenchmarkFolder
from .generate import Making, Told, answer_questions, make_clips
from .listening import Listening, Measured, Open, listen
from .method import Method, folder_name


@dataclass(frozen=True)
class Run:
    """How a benchmark is run.

    Attributes:
        output: folder that gets one folder for each benchmark.
        limit: most rows, or `None` for all.
        seed: of the first row.
        listening: how clips are measured.
        method: what the rows are asked of in place of the benchmark's own task, if anything.
    """

    output: Path
    limit: int | None
    seed: int
    listening: Listening
    method: Method | None = None

    def folder(self, benchmark: str) -> Path:
        """Return the folder of a benchmark's clips and numbers, one for each method."""
        return self.output / folder_name(benchmark, self.method.label if self.method else None)


def evaluate(
    found: BenchmarkFolder, pipeline: Pipeline, run: Run, *, open_catalog: Open, told: Told
) -> Evaluation:
    """Make what is not made yet, measure it, and write ``results.json`` and ``results.md``.

    Args:
        found: the benchmark and its data.
        pipeline: the model; its provenance is what identifies it.
        run: where to, how many rows, which seed.
        open_catalog: returns the plugins; called in every process.
        told: told of rows made.

    Raises:
        DataError: if the data does not fit the benchmark.
        ConfigError: if the output holds clips of another model, or a metric lacks its weights.
    """
    found.check()
    rows = found.rows(pipeline.catalog, run.limit)
    folder = run.folder(found.name)
    making = _making(found, pipeline, run)
    _check_metrics(found, pipeline.catalog)
    if pipeline.catalog.tasks.get(making.benchmark.task).output == "text":
        answers = answer_questions(making, rows, pipeline, folder, told)
        versions = versions_of(pipeline.catalog)
        read = _read(found, rows, answers, pipeline.catalog)
        measured = Measured(read, details={"versions": versions})
    else:
        cutter = Cutter(folder, _clip_of(found, pipeline))
        paths = make_clips(making, rows, pipeline, cutter, told)
        how = run.listening.at(pipeline.model.geometry.sample_rate_hz)
        measured = listen(found, folder, paths, how, open_catalog, row_cut=cutter.told(rows))
    method = {"method": run.method.label} if run.method else {}
    facts = {"model": making.model, "seed": run.seed, "sampling": making.sampling, **method}
    return _kept(found, folder, measured, {**facts, "rows": len(rows)})


def evaluate_files(
    found: BenchmarkFolder, paths: Mapping[str, Path], run: Run, *, open_catalog: Open
) -> Evaluation:
    """Measure what another system made of a benchmark's rows, and write ``results.json``.

    Args:
        found: the benchmark and its data.
        paths: id of a row to the file made for it.
        run: where to, and how it is measured; its method says whose files they are.
        open_catalog: returns the plugins; called in every process.

    Raises:
        DataError, MediaError: if the files do not fit the benchmark, or cannot be read.
    """
    folder = run.folder(found.name)
    folder.mkdir(parents=True, exist_ok=True)
    measured = listen(found, folder, paths, run.listening, open_catalog)
    method = run.method.label if run.method else None
    return _kept(found, folder, measured, {"method": method, "rows": len(paths)})


def evaluate_answers(
    found: BenchmarkFolder, answers: Path, catalog: Catalog, *, output: Path, limit: int | None
) -> Evaluation:
    """Measure what some system answered, and write ``results.json`` and ``results.md``.

    Args:
        found: a benchmark of questions, and its data.
        answers: file of them; see `answer_file.read_answers`.
        catalog: where metrics are looked up.
        output: folder that gets one folder for each benchmark.
        limit: most rows, or `None` for all.

    Raises:
        ConfigError: if the benchmark asks for clips.
        DataError: if the data or the file does not fit the benchmark.
    """
    if catalog.tasks.get(found.benchmark.task).output != "text":
        raise ConfigError(
            f"Benchmark '{found.name}' asks for clips, so --answers {answers} does not fit it; "
            "expected a benchmark of questions. `audio-omni score` measures clips of any system."
        )
    found.check()
    rows = found.rows(catalog, None)
    given = read_answers(answers, rows)
    asked = rows[:limit]
    file = {"answers": str(answers), "sha256": hashlib.sha256(answers.read_bytes()).hexdigest()}
    details = {"model": file, "rows": len(asked), "versions": versions_of(catalog)}
    evaluation = Evaluation(found.name, _read(found, asked, given, catalog), {}, details)
    keep(evaluation, output / found.name)
    return evaluation


def _check_metrics(found: BenchmarkFolder, catalog: Catalog) -> None:
    """Refuse metrics that lack their weights before hours go into clips."""
    ears = Ears(catalog)
    for use in found.benchmark.metrics:
        build_metric(use.name, catalog, use.options, ears)


def _making(found: BenchmarkFolder, pipeline: Pipeline, run: Run) -> Making:
    """Return what decides the clips: the benchmark, asked of its own task or of a method."""
    benchmark = found.benchmark
    settings: Mapping[str, Any] = {}
    if run.method is not None:
        asked = run.method.task or benchmark.task
        benchmark = benchmark.model_copy(update={"task": pipeline.catalog.tasks.get(asked).name})
        settings = run.method.settings
    sampling = pipeline.sampling_of(benchmark.task).model_dump(mode="json")
    sampling |= {name: value for name, value in settings.items() if name in sampling}
    rest = {name: value for name, value in settings.items() if name not in sampling}
    _check_settings(benchmark.task, rest, pipeline.catalog)
    model = dict(pipeline.provenance)
    return Making(benchmark, found.name, model, run.seed, sampling, rest)


def _check_settings(task: str, settings: Mapping[str, Any], catalog: Catalog) -> None:
    known = [name for name in catalog.tasks.get(task).request.model_fields]
    for name in settings:
        if name not in known:
            every = [*known, *SamplingConfig.model_fields]
            raise ConfigError(
                f"Method '{task}' got the setting '{name}'.{suggestion(name, every)} Expected one "
                f"of {', '.join(every)}."
            )


def _kept(
    found: BenchmarkFolder, folder: Path, measured: Measured, facts: Mapping[str, Any]
) -> Evaluation:
    """Write the numbers of a benchmark, with what making the clips cost, and return them."""
    costs = read_costs(folder)
    details = {**facts, **measured.details, **({"costs": costs} if costs else {})}
    evaluation = Evaluation(found.name, measured.results, measured.refused, details)
    keep(evaluation, folder)
    return evaluation


def _clip_of(found: BenchmarkFolder, pipeline: Pipeline) -> Geometry:
    """Return the clips that rows are cut to: the model's, or shorter if the benchmark's are."""
    geometry, longest = pipeline.model.geometry, found.benchmark.clip_seconds
    if longest is None or longest >= geometry.clip_seconds:
        return geometry
    return geometry.model_copy(update={"clip_seconds": longest})


def _read(
    found: BenchmarkFolder, rows: Sequence[Row], answers: Mapping[str, str], catalog: Catalog
) -> list[MetricResult]:
    results = []
    for use in found.benchmark.metrics:
        metric = build_metric(use.name, catalog, use.options)
        said = (Answered(answers[row.id], row.fields, row.truth, row.id) for row in rows)
        results.append(measure_rows(metric, said))
    return results
