"""Clips that were made of a benchmark's rows, measured against their references."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...core.benchmark import MetricUse
from ...core.catalog import Catalog
from ...core.data.cache_folder import HEARD_GB
from ...core.data.manifest_truth import TRUTHS
from ...core.errors import ConfigError
from ...core.measuring import build_metric
from ...core.metric_result import MetricResult
from ...core.payloads import VIDEO
from ..scoring.config import RowCut
from .cutting import read_cuts
from .folder import BenchmarkFolder

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
        on_progress: called with (what is done, clips done, clips in all).
    """

    cache: Path
    processes: int = 1
    skip_unmeasurable: bool = False
    sample_rate_hz: int | None = None
    cache_gb: float = HEARD_GB
    on_progress: Callable[[str, int, int], None] = lambda *_: None

    def at(self, rate_hz: int) -> Listening:
        """Return this, at a rate unless it names one."""
        return replace(self, sample_rate_hz=self.sample_rate_hz or rate_hz)


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
    *,
    row_cut: RowCut | None = None,
) -> Measured:
    """Return what the benchmark's metrics say of files, and write a report of them.

    Args:
        found: the benchmark and its data.
        folder: gets the report, and what was measured against what; its cuts are the references'.
        paths: id of a row to the file made for it.
        how: it is measured.
        open_catalog: returns the plugins; called in every process.
        row_cut: how rows were cut, if some were.
    """
    from ..scoring.config import Policies, ScoreOptions
    from ..scoring.folder import write_report
    from ..scoring.page import page_html
    from ..scoring.scoring import score

    wanted = _references(found, set(paths), folder)
    made = [{**wanted[name], "path": str(path.resolve())} for name, path in paths.items()]
    policies = Policies(
        durations=found.benchmark.durations,
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
        row_cut=row_cut,
        skip_unmeasurable=how.skip_unmeasurable,
    )
    scored = score(
        options,
        open_catalog,
        how.cache,
        processes=how.processes,
        cache_gb=how.cache_gb,
        on_progress=how.on_progress,
    )
    report = scored.report
    write_report(folder, report, page_html(*scored))
    details = {
        "versions": report.versions,
        "flags": report.flags,
        "notes": report.notes,
        "policies": policies.fingerprint(),
        **({"row_cut": row_cut.model_dump(mode="json")} if row_cut is not None else {}),
    }
    return Measured(report.results, {**report.refused, **lacking}, details)


def _references(found: BenchmarkFolder, names: set[str], folder: Path) -> dict[str, dict[str, Any]]:
    """Return the lines of the rows that are measured, as they were cut, with absolute paths."""
    cuts = read_cuts(folder)
    wanted = {}
    for _, line in found.lines():
        name = str(line["id"])
        if name in names:
            kept = {key: value for key, value in line.items() if key not in found.benchmark.media}
            cut = cuts.get(name, {})
            later = cut.get("reference")
            path = folder / later if later else found.path / line[found.benchmark.reference]
            # A video is not cut, so it is none of a clip that begins later than it.
            seen = {} if later else _video(line, found)
            here = {**seen, "id": name, "path": str(path.resolve())}
            wanted[name] = {**_without_truth(kept, cut), **cut.get("truth", {}), **here}
    return wanted


def _without_truth(line: Mapping[str, Any], cut: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line without facts of the whole row where there are those of its cut."""
    return {name: value for name, value in line.items() if not cut or name not in TRUTHS}


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
