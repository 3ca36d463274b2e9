"""A model on a benchmark: its clips or answers are made, measured, and kept with their numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.catalog import Catalog
from ...core.data.cut import crop_row
from ...core.errors import ConfigError, suggestion
from ...core.flow.config import SamplingConfig
from ...core.measuring import build_metric
from ...core.metric import Answered
from ...core.metric_result import MetricResult
from ...core.pipeline import Pipeline
from ...core.source import Row
from ...core.training.held_out import CUT
from ..scoring.versions import versions_of
from .costs import read_costs
from .folder import MANIFEST, BenchmarkFolder
from .generate import Making, Told, answer_questions, make_clips
from .method import Method, folder_name
from .tables import markdown

RESULTS, PAGE = "results.json", "results.md"
Open = Callable[[], Catalog]


@dataclass(frozen=True)
class Evaluation:
    """One benchmark with the numbers of one model.

    Attributes:
        name: of the benchmark.
        results: of each metric, but those that have no value.
        refused: metric to the reason why it has none.
        details: what made them: model, seed, sampling, rows, versions.
    """

    name: str
    results: Sequence[MetricResult]
    refused: Mapping[str, str]
    details: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "benchmark": self.name,
            "results": [result.to_dict() for result in self.results],
            "refused": dict(self.refused),
            "details": dict(self.details),
        }

    def result(self, metric: str) -> MetricResult | None:
        """Return the result of a metric, or `None`."""
        return next((result for result in self.results if result.name == metric), None)


@dataclass(frozen=True)
class _Measured:
    results: Sequence[MetricResult]
    refused: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """How a benchmark is run.

    Attributes:
        output: folder that gets one folder for each benchmark.
        limit: most rows, or `None` for all.
        seed: of the first row.
        cache: folder where what networks hear is kept.
        processes: that share the listening.
        method: what the rows are asked of in place of the benchmark's own task, if anything.
        skip_unmeasurable: leave rows out of metrics that refuse them, and count them.
        sample_rate_hz: rate that clips are measured at; `None`: their own.
    """

    output: Path
    limit: int | None
    seed: int
    cache: Path
    processes: int = 1
    method: Method | None = None
    skip_unmeasurable: bool = False
    sample_rate_hz: int | None = None

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
    if pipeline.catalog.tasks.get(making.benchmark.task).output == "text":
        answers = answer_questions(making, rows, pipeline, folder, told)
        versions = versions_of(pipeline.catalog)
        read = _read(found, rows, answers, pipeline.catalog)
        measured = _Measured(read, details={"versions": versions})
    else:
        cut = [_cut(row, found, pipeline) for row in rows]
        paths = make_clips(making, cut, pipeline, folder, told)
        measured = _listen(found, folder, paths, run, open_catalog)
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
    measured = _listen(found, folder, paths, run, open_catalog)
    method = run.method.label if run.method else None
    return _kept(found, folder, measured, {"method": method, "rows": len(paths)})


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
    found: BenchmarkFolder, folder: Path, measured: _Measured, facts: Mapping[str, Any]
) -> Evaluation:
    """Write the numbers of a benchmark, with what making the clips cost, and return them."""
    costs = read_costs(folder)
    details = {**facts, **measured.details, **({"costs": costs} if costs else {})}
    evaluation = Evaluation(found.name, measured.results, measured.refused, details)
    text = json.dumps(evaluation.to_dict(), indent=2, default=str)
    (folder / RESULTS).write_text(text + "\n", encoding="utf-8")
    (folder / PAGE).write_text(markdown(json.loads(text)), encoding="utf-8")
    return evaluation


def read_results(path: Path) -> Evaluation | None:
    """Return the evaluation in a folder, or `None` where there is none."""
    file = path / RESULTS
    if not file.is_file():
        return None
    values = json.loads(file.read_text(encoding="utf-8"))
    results = [MetricResult.model_validate(result) for result in values["results"]]
    return Evaluation(values["benchmark"], results, values["refused"], values["details"])


def _cut(row: Row, found: BenchmarkFolder, pipeline: Pipeline) -> Row:
    """Return a row cut to one clip of the model, and to the benchmark's length."""
    geometry = pipeline.model.geometry
    longest = found.benchmark.clip_seconds
    if longest is not None and longest < geometry.clip_seconds:
        geometry = geometry.model_copy(update={"clip_seconds": longest})
    if "transcript" in row.fields:  # words are never cut
        return row
    return replace(crop_row(row, geometry, CUT), id=row.id)


def _read(
    found: BenchmarkFolder, rows: Sequence[Row], answers: Mapping[str, str], catalog: Catalog
) -> list[MetricResult]:
    results = []
    for use in found.benchmark.metrics:
        metric = build_metric(use.name, catalog, use.options)
        for row in rows:
            metric.update(Answered(answers[row.id], row.fields, row.truth, row.id))
        results.append(metric.compute())
    return results


def _listen(
    found: BenchmarkFolder,
    folder: Path,
    paths: Mapping[str, Path],
    run: Run,
    open_catalog: Open,
) -> _Measured:
    from ..scoring.config import Policies, ScoreOptions
    from ..scoring.folder import write_report
    from ..scoring.page import page_html
    from ..scoring.scoring import score

    wanted = _references(found, set(paths))
    made = [{**wanted[name], "path": str(path.resolve())} for name, path in paths.items()]
    policies = Policies(
        durations="shorter",
        cut_seconds=found.benchmark.clip_seconds,
        sample_rate_hz=run.sample_rate_hz,
    )
    options = ScoreOptions(
        metrics=tuple(use.name for use in found.benchmark.metrics),
        options={use.name: use.options for use in found.benchmark.metrics if use.options},
        generated=_write(folder / "generated.jsonl", made),
        reference=_write(folder / "reference.jsonl", list(wanted.values())),
        policies=policies,
        skip_unmeasurable=run.skip_unmeasurable,
    )
    scored = score(options, open_catalog, run.cache, processes=run.processes)
    report = scored.report
    write_report(folder, report, page_html(*scored))
    details = {"versions": report.versions, "flags": report.flags, "notes": report.notes}
    return _Measured(report.results, report.refused, details)


def _references(found: BenchmarkFolder, names: set[str]) -> dict[str, dict[str, Any]]:
    """Return the lines of the rows that are measured, their target's path made absolute."""
    lines = (found.path / MANIFEST).read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines if line.strip())
    return {
        str(row["id"]): {
            **{name: value for name, value in row.items() if name not in found.benchmark.media},
            "id": str(row["id"]),
            "path": str((found.path / row["audio"]).resolve()),
        }
        for row in rows
        if str(row["id"]) in names
    }


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path
