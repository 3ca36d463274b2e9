"""Our numbers in the columns of the paper's tables, and why some columns stay empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ...core.catalog import Catalog
from ...core.metric_result import MetricResult
from .evaluation import RESULTS, Evaluation, read_results
from .folder import open_folder
from .method import BETWEEN, folder_name
from .paper import OF_RECORDINGS, PaperTable
from .published import EDITS

MEANS = "4"
"""The table whose columns are means over the edits of Table A3."""

BY_EDIT = "A3"


def our_row(
    table: PaperTable, catalog: Catalog, data: Path, output: Path, method: str | None = None
) -> tuple[dict[str, MetricResult], dict[str, str]]:
    """Return our result in each column of a table, and why there is none in the others.

    Args:
        table: of the paper.
        catalog: benchmarks say which columns they fill.
        data: folder of the benchmarks' data.
        output: folder of the evaluations.
        method: what the rows were asked of; `None`: of the benchmarks' own tasks.
    """
    where = _Where(data, output, method)
    if table.number == MEANS:
        return _means(table, catalog, where)
    ours, missing = _filled(table.number, catalog, where)
    if table.number == BY_EDIT:
        found = {**ours, **_averages(ours, ("FAD", "LSD"), "average ")}
        return found, {**missing, **_unfilled(table, found, missing)}
    return ours, {**missing, **_unfilled(table, ours, missing)}


def evaluated_methods(output: Path, catalog: Catalog) -> list[str]:
    """Return the methods that benchmarks in a folder were asked of, by name."""
    names = {spec.name for spec in catalog.benchmarks}
    found = (path.parent.name.partition(BETWEEN) for path in output.glob(f"*{BETWEEN}*/{RESULTS}"))
    return sorted({method for benchmark, _, method in found if benchmark in names})


class _Where(NamedTuple):
    data: Path
    output: Path
    method: str | None

    def read(self, benchmark: str) -> Evaluation | None:
        return read_results(self.output / folder_name(benchmark, self.method))


def _filled(
    number: str, catalog: Catalog, where: _Where
) -> tuple[dict[str, MetricResult], dict[str, str]]:
    ours: dict[str, MetricResult] = {}
    missing: dict[str, str] = {}
    for spec in catalog.benchmarks:
        found = open_folder(spec.name, catalog, where.data)
        columns = found.benchmark.columns(number)
        evaluation = where.read(spec.name) if columns else None
        for column, use in columns.items():
            result = None if evaluation is None else evaluation.result(use.name)
            if evaluation is not None and result is not None:
                ours[column] = _with_recordings(result, evaluation, catalog)
            elif evaluation is not None:
                missing[column] = evaluation.refused.get(use.name, f"{use.name} was not measured.")
            else:
                missing[column] = found.missing() or (
                    f"{found.benchmark.title} is there and was not evaluated. Run: audio-omni "
                    f"evaluate MODEL --benchmark {spec.name} -o {where.output}"
                )
    return ours, missing


def _with_recordings(
    result: MetricResult, evaluation: Evaluation, catalog: Catalog
) -> MetricResult:
    """Return a result with the value of the recordings themselves, where one is read beside it."""
    name = catalog.metrics.get(result.name).read_beside
    own = None if name is None else evaluation.result(name)
    if own is None:
        return result
    return result.model_copy(update={"details": {**result.details, OF_RECORDINGS: own.value}})


def _means(
    table: PaperTable, catalog: Catalog, where: _Where
) -> tuple[dict[str, MetricResult], dict[str, str]]:
    by_edit, missing = _filled(BY_EDIT, catalog, where)
    spoken = {f"{task} CLAP": r for task, r in _clap(where).items()}
    ours = _averages({**by_edit, **spoken}, table.columns, "")
    reasons = " ".join(dict.fromkeys(missing.values())) or "Not every kind of edit was evaluated."
    return ours, {column: reasons for column in table.columns if column not in ours}


def _clap(where: _Where) -> dict[str, MetricResult]:
    found = {}
    for task in EDITS:
        evaluation = where.read(f"audioedit_{task}")
        result = None if evaluation is None else evaluation.result("clap_score")
        if result is not None:
            found[task] = result
    return found


def _averages(
    ours: Mapping[str, MetricResult], metrics: Sequence[str], before: str
) -> dict[str, MetricResult]:
    """Return the mean over the edits that a metric is taken of, where all of them are there."""
    found = {}
    for metric in metrics:
        tasks = [task for task in EDITS if metric != "CLAP" or task != "remove"]
        results = [ours.get(f"{task} {metric}") for task in tasks]
        present = [result for result in results if result is not None]
        if len(present) == len(tasks):
            found[f"{before}{metric}"] = present[0].model_copy(
                update={
                    "value": sum(result.value for result in present) / len(present),
                    "n": sum(result.n for result in present),
                    "interval": None,
                    "rows": None,
                    "details": {"mean_over": tasks},
                }
            )
    return found


def _unfilled(
    table: PaperTable, ours: Mapping[str, MetricResult], missing: Mapping[str, str]
) -> dict[str, str]:
    empty = [column for column in table.columns if column not in ours and column not in missing]
    return dict.fromkeys(empty, f"no benchmark fills {', '.join(empty)}." if empty else "")
