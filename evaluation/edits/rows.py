"""Editing rows of any source, laid out as benchmarks: one folder for each kind of edit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.benchmark import Benchmark, MetricUse
from ...core.catalog import Catalog
from ...core.data.uri import open_source
from ...core.errors import ConfigError, DataError, suggestion
from ...core.source import DataSource, Row
from ..benchmarks.folder import MANIFEST, BenchmarkFolder
from ..benchmarks.published import EDITS
from .row_files import SOURCE, TARGET, Layout, write_row

OTHER_NAMES = {"style": "style_transfer", "replace": "style_transfer"}
"""What sources call a kind of edit → the task."""


@dataclass(frozen=True)
class RowsFrom:
    """Where editing rows come from.

    Attributes:
        uri: of a source.
        task: the kind of edit of all its rows; `None`: each row says it in its field ``task``.
        options: of the source.
    """

    uri: str
    task: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def parse_rows(text: str, options: Mapping[str, Any]) -> RowsFrom:
    """Return where rows come from: ``URI`` or ``TASK=URI``.

    Raises:
        ConfigError: if what stands before the URI is no kind of edit.
    """
    before, equals, after = text.partition("=")
    task = OTHER_NAMES.get(before, before)
    if equals and task in EDITS:
        return RowsFrom(after, task, options)
    if equals and before.isidentifier():  # a URI has a colon before its first "="
        raise ConfigError(
            f"--rows {text}: '{before}' is no kind of edit.{suggestion(before, EDITS)} Expected "
            f"TASK=URI with TASK one of {', '.join(EDITS)}, or a URI."
        )
    return RowsFrom(text, None, options)


def lay_out(
    uses: Sequence[RowsFrom],
    catalog: Catalog,
    folder: Path,
    layout: Layout,
    metrics: Mapping[str, Sequence[MetricUse]],
) -> list[BenchmarkFolder]:
    """Write rows below a folder, each kind of edit as a benchmark, unless they are there.

    Args:
        uses: where rows come from.
        catalog: where sources are looked up.
        folder: gets ``audioedit_TASK`` with a manifest and clips.
        layout: how.
        metrics: what is measured of each kind of edit.

    Raises:
        ConfigError: if the folder holds other rows, or a source holds nothing out.
        DataError: for rows that are no edits; names them.
    """
    sources = [(use, _opened(use, catalog, held_out=layout.held_out)) for use in uses]
    is_known = _claim(folder, sources, layout)
    if not is_known:
        by_task: dict[str, list[dict[str, Any]]] = {}
        for task, row in _rows(sources, layout.limit):
            lines = by_task.setdefault(task, [])
            lines.append(write_row(row, folder / _name(task), layout))
        if not by_task:
            raise DataError(f"No row of an edit in {', '.join(use.uri for use in uses)}.")
        for task, lines in by_task.items():
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            (folder / _name(task) / MANIFEST).write_text(text, encoding="utf-8")
        (folder / ROWS).write_text(_facts(sources, layout), encoding="utf-8")
    found = [task for task in EDITS if (folder / _name(task) / MANIFEST).is_file()]
    return [_benchmark(task, folder / _name(task), metrics[task]) for task in found]


ROWS = "rows.json"
"""Which rows a folder holds; written when they are complete."""


def _name(task: str) -> str:
    return f"audioedit_{task}"


def _benchmark(task: str, path: Path, metrics: Sequence[MetricUse]) -> BenchmarkFolder:
    benchmark = Benchmark(
        title=f"Edits: {task.replace('_', ' ')}",
        task=task,
        fields={"id": "names the row", TARGET: "the exact answer", SOURCE: "the input"},
        media=(TARGET, SOURCE),
        metrics=tuple(metrics),
        obtain="Laid out by `audio-omni edits`.",
    )
    return BenchmarkFolder(_name(task), benchmark, path)


def _opened(use: RowsFrom, catalog: Catalog, *, held_out: bool) -> DataSource:
    source = open_source(use.uri, use.options, catalog)
    if not held_out:
        return source
    kept_back = source.held_out()
    if kept_back is None:
        raise ConfigError(
            f"Source '{use.uri}' holds nothing out; expected rows that nobody trained on. Leave "
            "--held-out away if all of its rows are such, or set its option held_out_fraction."
        )
    return kept_back


def _facts(sources: Sequence[tuple[RowsFrom, DataSource]], layout: Layout) -> str:
    facts = {
        "rows": [[use.task, use.uri, source.digest()] for use, source in sources],
        "geometry": layout.geometry.model_dump(mode="json"),
        "limit": layout.limit,
        "text": layout.text,
    }
    return json.dumps(facts, indent=2) + "\n"


def _claim(folder: Path, sources: Sequence[tuple[RowsFrom, DataSource]], layout: Layout) -> bool:
    """Return whether the rows are there already.

    Raises:
        ConfigError: if the folder holds others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = folder / ROWS
    if not record.is_file():
        return False
    if record.read_text(encoding="utf-8") != _facts(sources, layout):
        raise ConfigError(
            f"{folder} holds other rows, or the same ones laid out for another model or with "
            f"another text (see its {ROWS}). Choose another folder with -o, or remove this one."
        )
    return True


def _rows(
    sources: Sequence[tuple[RowsFrom, DataSource]], limit: int | None
) -> Iterator[tuple[str, Row]]:
    """Yield the first rows of each kind of edit, in the order of the sources."""
    taken = dict.fromkeys(EDITS, 0)
    seen: set[str] = set()
    for use, source in sources:
        for number in range(len(source)):
            if limit is not None and use.task is not None and taken[use.task] >= limit:
                break
            row = source.row(number)
            task = use.task or _task_of(row, use.uri)
            if limit is not None and taken[task] >= limit:
                continue
            if row.id in seen:
                raise DataError(f"Two rows have the id '{row.id}'; expected unique ids.")
            seen.add(row.id)
            taken[task] += 1
            yield task, row


def _task_of(row: Row, uri: str) -> str:
    said = row.fields.get("task")
    task = OTHER_NAMES.get(str(said), str(said))
    if task not in EDITS:
        raise DataError(
            f"Row '{row.id}' of {uri} has the task {said!r}; expected one of {', '.join(EDITS)} in "
            "its field 'task'. Where a source has one kind of edit only, say which: "
            f"--rows add={uri}"
        )
    return task
