"""The folder of a benchmark: whether its data is there, and its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...core.benchmark import Benchmark
from ...core.catalog import Catalog
from ...core.data.uri import open_source
from ...core.errors import DataError
from ...core.source import DataSource, Row

MANIFEST = "manifest.jsonl"
DATA = "AUDIO_OMNI_BENCHMARKS"
"""Environment variable: the folder that holds one folder for each benchmark."""

SHOWN = 5


@dataclass(frozen=True)
class BenchmarkFolder:
    """Where a benchmark's data lies.

    Attributes:
        name: of the benchmark, as it is registered.
        benchmark: what it is.
        path: its folder.
    """

    name: str
    benchmark: Benchmark
    path: Path

    def missing(self) -> str | None:
        """Return why there is no data, or `None`: where it was looked for, and how to get it."""
        if (self.path / MANIFEST).is_file():
            return None
        return (
            f"{self.benchmark.title} is not at {self.path}: no {MANIFEST}. {self.benchmark.obtain} "
            f"Lay it out as one JSON object a row: {_layout(self.benchmark)}."
        )

    def check(self) -> int:
        """Return the number of rows.

        Raises:
            DataError: if the data is missing, a row lacks a field, or a file is not there; names
                the first rows and how many there are.
        """
        why = self.missing()
        if why is not None:
            raise DataError(why)
        problems = []
        rows = list(self.lines())
        for number, fields in rows:
            absent = [name for name in self.benchmark.fields if fields.get(name) in (None, "")]
            files = [str(fields[name]) for name in self.benchmark.media if fields.get(name)]
            gone = [name for name in files if not (self.path / name).is_file()]
            if absent or gone:
                what = [*(f"no {name}" for name in absent), *(f"no file {name}" for name in gone)]
                problems.append(f"line {number}: {', '.join(what)}")
        if problems or not rows:
            listed = "; ".join(problems[:SHOWN]) or "it has no row"
            more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
            raise DataError(
                f"{self.path / MANIFEST} does not fit benchmark '{self.name}': {listed}{more}. "
                f"Expected of each row: {_layout(self.benchmark)}."
            )
        return len(rows)

    def rows(self, catalog: Catalog, limit: int | None) -> Sequence[Row]:
        """Return the first ``limit`` rows in the order of their ids, or all.

        So that a limit always means the same rows, whatever the order of the file.
        """
        source = open_source(f"manifest:{self.path / MANIFEST}", {}, catalog)
        rows = sorted(_all(source), key=lambda row: row.id)
        return rows[:limit]

    def lines(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the lines of the manifest with their numbers, from 1.

        Raises:
            DataError: for a line that is no JSON object.
        """
        path = self.path / MANIFEST
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except json.JSONDecodeError as failure:
                raise DataError(f"{path}, line {number}: no JSON ({failure}).") from failure
            if not isinstance(value, dict):
                raise DataError(f"{path}, line {number}: expected a JSON object; got {line:.60}.")
            yield number, value


def open_folder(name: str, catalog: Catalog, data: Path) -> BenchmarkFolder:
    """Return the folder of a registered benchmark, ``data/NAME``.

    Raises:
        UnknownNameError: if no such benchmark is registered; with close matches.
    """
    spec = catalog.benchmarks.get(name)
    return BenchmarkFolder(spec.name, catalog.benchmarks.load(spec.name)(), data / spec.name)


def _all(source: DataSource) -> Iterator[Row]:
    return (source.row(number) for number in range(len(source)))


def _layout(benchmark: Benchmark) -> str:
    return ", ".join(f"`{name}` ({what})" for name, what in benchmark.fields.items())
