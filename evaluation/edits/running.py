"""Methods on rows: clips are made where there are none yet, measured, and put into one table."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.catalog import Catalog
from ...core.errors import DataError
from ...core.pipeline import Pipeline
from ...core.whole_file import write_whole
from ..benchmarks.evaluation import Evaluation
from ..benchmarks.folder import BenchmarkFolder
from ..benchmarks.generate import Told
from ..benchmarks.listening import Open
from ..benchmarks.method import Method
from ..benchmarks.names import file_name
from ..benchmarks.running import Run, evaluate, evaluate_files
from ..scoring.clip_set import listed, open_set
from ..scoring.report import ScoreReport, read_report
from .measures import by_edit, measurable
from .notes import notes_on
from .row_files import Layout, Text
from .rows import RowsFrom, lay_out
from .statistics import Cell
from .sweep import chosen_note
from .table import EditTable, Made, markdown, row_of

TABLE, PAGE = "edits.json", "edits.md"


@dataclass(frozen=True)
class Comparison:
    """What is compared.

    Attributes:
        rows: where editing rows come from.
        methods: of the model, controls among them.
        external: name of another system to the folder of its files.
        metrics: names.
        options: of metrics, by name.
        limit: most rows of each kind of edit.
        held_out: take the rows that sources hold out.
        text: what describes the target to methods that are told what the result is.
        sweep: whether the methods are those of a sweep, of which settings are chosen.
    """

    rows: Sequence[RowsFrom]
    methods: Sequence[Method]
    metrics: Sequence[str]
    external: Mapping[str, Path] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    limit: int | None = None
    held_out: bool = False
    text: Text = "captions"
    sweep: bool = False


def compare_edits(
    wanted: Comparison, pipeline: Pipeline, run: Run, *, open_catalog: Open, told: Told
) -> EditTable:
    """Run every method on every row, write ``edits.json`` and ``edits.md``, and return the table.

    Args:
        wanted: rows, methods and metrics.
        pipeline: the model.
        run: where to, with which seed; its method is left out.
        open_catalog: returns the plugins; called in every process.
        told: told of rows made.

    Raises:
        DataError, ConfigError, RequestError: for rows, folders and methods that do not fit.
    """
    catalog, geometry = pipeline.catalog, pipeline.model.geometry
    uses, missing = measurable(wanted.metrics, wanted.options, catalog)
    layout = Layout(geometry, wanted.limit, wanted.held_out, wanted.text)
    folders = lay_out(wanted.rows, catalog, run.output / "rows", layout, by_edit(uses))
    files = {
        name: [_files_of(one, name, folder) for one in folders]
        for name, folder in wanted.external.items()
    }
    rate = geometry.sample_rate_hz
    listening = replace(run.listening, skip_unmeasurable=True, sample_rate_hz=rate)
    run = replace(run, listening=listening, limit=None)
    made: dict[str, dict[str, Made]] = {}
    for method in wanted.methods:
        own = replace(run, method=method)
        made[method.label] = {
            one.benchmark.task: _made(
                evaluate(one, pipeline, own, open_catalog=open_catalog, told=told),
                own.folder(one.name),
                catalog,
            )
            for one in folders
        }
    for name, found in files.items():
        own = replace(run, method=Method(name, None))
        made[name] = {
            one.benchmark.task: _made(
                evaluate_files(one, paths, own, open_catalog=open_catalog),
                own.folder(one.name),
                catalog,
            )
            for one, paths in zip(folders, found, strict=True)
        }
    tasks = [one.benchmark.task for one in folders]
    rows = {label: row_of(by_task) for label, by_task in made.items()}
    notes = notes_on(made, missing, wanted.text, geometry)
    if wanted.sweep:
        notes = [chosen_note(rows), *notes]
    table = EditTable(tasks, rows, notes)
    text = json.dumps(table.to_dict(), indent=2, ensure_ascii=False) + "\n"
    write_whole(run.output / TABLE, text.encode())
    write_whole(run.output / PAGE, markdown(table).encode())
    return table


def _files_of(found: BenchmarkFolder, name: str, folder: Path) -> dict[str, Path]:
    """Return the file of each row of a kind of edit: ``FOLDER/TASK/ID.wav`` or ``FOLDER/ID.wav``.

    Raises:
        DataError: if a row has no file; lists the first ones.
    """
    own = folder / found.benchmark.task
    clips = open_set("generated", own if own.is_dir() else folder).clips
    ids = [str(line["id"]) for _, line in found.lines()]
    paths = {i: clips[key].path for i in ids for key in (file_name(i), i) if key in clips}
    lacking = [i for i in ids if i not in paths]
    if lacking:
        raise DataError(
            f"'{name}' has no file for {len(lacking)} of {len(ids)} rows of {found.benchmark.task} "
            f"in {folder}: {listed(lacking)}. Expected one for each, named by its id "
            f"({found.benchmark.task}/ID.wav, or ID.wav)."
        )
    return paths


def _made(evaluation: Evaluation, folder: Path, catalog: Catalog) -> Made:
    """Return what was measured, with the value of each row from the score beside it."""
    report = read_report(folder)
    task = evaluation.name.removeprefix("audioedit_")
    results = {
        result.name: Cell(result.value, result.interval, result.n, (task,))
        for result in evaluation.results
    }
    costs = evaluation.details.get("costs") or {}
    return Made(
        results,
        report.clips,
        _reasons(report),
        costs.get("seconds_per_clip"),
        _calls(evaluation, costs, catalog),
    )


def _reasons(report: ScoreReport) -> dict[str, dict[str, int]]:
    """Return why rows have no value, and how many of them: by metric, then by reason."""
    found: dict[str, Counter[str]] = {}
    for left in (report.undefined, report.left_out):
        for name, rows in left.items():
            found.setdefault(name, Counter()).update(rows.values())
    return {name: dict(reasons) for name, reasons in found.items()}


def _calls(evaluation: Evaluation, costs: Mapping[str, Any], catalog: Catalog) -> float | None:
    """Return network calls a clip: as counted, or as a solver from noise needs them."""
    counted: float | None = costs.get("network_calls")
    sampling = evaluation.details.get("sampling")
    if counted is not None or sampling is None:
        return counted
    each = catalog.solvers.get(sampling["solver"]).evaluations_per_step
    branches = 1 if sampling["guidance_scale"] in {0, 1} else 2
    return float(sampling["steps"] * each * branches)
