"""Clips that were made of a benchmark's rows, measured against their references."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.benchmark import MetricUse
from ...core.catalog import Catalog
from ...core.data.cache_folder import HEARD_GB
from ...core.errors import ConfigError
from ...core.measuring import build_metric
from ...core.metric_result import MetricResult
from ...core.payloads import VIDEO
from .folder import MANIFEST, BenchmarkFolder

Open = Callable[[], Catalog]


@dataclass(frozen=True)
class Listening:
    """How clips are measured.

    Attributes:
        cache: folder where what networks hear is kept.
        processes: that share the listening.
        skip_unmeasurable: leave rows out of metrics that refuse them, and count them.
        sample_rate_hz: rate that clips are measured at; `None`: their own.
        cache_gb: what that folder may hold, in 10^9 bytes.
    """

    cache: Path
    processes: int = 1
    skip_unmeasurable: bool = False
    sample_rate_hz: int | None = None
    cache_gb: float = HEARD_GB


@dataclass(frozen=True)
class Measured:
    """What metrics said: results, why some have none, and how it was measured."""

    results: Sequence[MetricResult]
    refused: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)


def listen(
    found: BenchmarkFolder,
    folder: Path,
    paths: Mapping[str, Path],
    how: Listening,
    open_catalog: Open,
) -> Measured:
    """Return what the benchmark's metrics say of files, and write a report of them.

    Args:
        found: the benchmark and its data.
        folder: gets the report, and what was measured against what.
        paths: id of a row to the file made for it.
        how: it is measured.
        open_catalog: returns the plugins; called in every process.
    """
    from ..scoring.config import Policies, ScoreOptions
    from ..scoring.folder import write_report
    from ..scoring.page import page_html
    from ..scoring.scoring import score

    wanted = _references(found, set(paths))
    made = [{**wanted[name], "path": str(path.resolve())} for name, path in paths.items()]
    policies = Policies(
        durations="shorter",
        cut_seconds=found.benchmark.clip_seconds,
        sample_rate_hz=how.sample_rate_hz,
    )
    uses, lacking = _usable(found.benchmark.metrics, open_catalog())
    options = ScoreOptions(
        metrics=tuple(use.name for use in uses),
        options={use.name: use.options for use in uses if use.options},
        generated=_write(folder / "generated.jsonl", made),
        reference=_write(folder / "reference.jsonl", list(wanted.values())),
        policies=policies,
        skip_unmeasurable=how.skip_unmeasurable,
    )
    scored = score(options, open_catalog, how.cache, processes=how.processes, cache_gb=how.cache_gb)
    report = scored.report
    write_report(folder, report, page_html(*scored))
    details = {"versions": report.versions, "flags": report.flags, "notes": report.notes}
    return Measured(report.results, {**report.refused, **lacking}, details)


def _references(found: BenchmarkFolder, names: set[str]) -> dict[str, dict[str, Any]]:
    """Return the lines of the rows that are measured, their target's path made absolute."""
    lines = (found.path / MANIFEST).read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines if line.strip())
    return {
        str(row["id"]): {
            **{name: value for name, value in row.items() if name not in found.benchmark.media},
            **_video(row, found),
            "id": str(row["id"]),
            "path": str((found.path / row["audio"]).resolve()),
        }
        for row in rows
        if str(row["id"]) in names
    }


def _video(row: Mapping[str, Any], found: BenchmarkFolder) -> dict[str, str]:
    """Return the path of a row's video, made absolute, where the benchmark has videos."""
    named = row.get(VIDEO) if VIDEO in found.benchmark.media else None
    return {VIDEO: str((found.path / named).resolve())} if named else {}


def _usable(
    uses: Sequence[MetricUse], catalog: Catalog
) -> tuple[Sequence[MetricUse], dict[str, str]]:
    """Return the metrics that can be taken, and why optional ones cannot."""
    refused = {}
    for use in uses:
        if use.optional:
            try:
                build_metric(use.name, catalog, use.options)
            except ConfigError as failure:
                refused[use.name] = str(failure)
    return [use for use in uses if use.name not in refused], refused


def _write(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path
