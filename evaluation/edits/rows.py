"""Editing rows of any source, laid out as benchmarks: one folder for each kind of edit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ...core.benchmark import Benchmark, MetricUse
from ...core.catalog import Catalog
from ...core.data.cut import crop_row
from ...core.data.manifest_truth import TRUTHS
from ...core.data.uri import open_source
from ...core.errors import ConfigError, DataError
from ...core.geometry import Geometry
from ...core.media.audio import resample, save_waveform, to_channels
from ...core.media.waveform import Waveform
from ...core.source import DataSource, Row
from ..benchmarks.folder import MANIFEST, BenchmarkFolder
from ..benchmarks.generate import file_name
from ..benchmarks.published import EDITS

Text = Literal["captions", "instruction"]

OTHER_NAMES = {"style": "style_transfer", "replace": "style_transfer"}
"""What sources call a kind of edit → the task."""

FIELDS = (
    "instruction", "description", "source_category", "target_category",
    "source_caption", "target_caption", "licence", "attribution",
)  # fmt: skip
"""Fields of a row that are kept: what tasks read, and whom to credit."""

SPOKEN = ("target_category", "object_to", "description", "object")
"""Fields that name what CLAP listens for, the first that is there; else the target's caption."""

SOURCE, TARGET = "source_audio", "audio"


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


@dataclass(frozen=True)
class Layout:
    """How rows are laid out.

    Attributes:
        geometry: rate, channels and clip length of the model: clips are converted to them, so
            that nothing is held against a method that no model of this codec could make.
        limit: most rows of each kind of edit, or `None`.
        held_out: take the rows that a source holds out.
        text: what describes the target to methods that are told what the result is.
    """

    geometry: Geometry
    limit: int | None = None
    held_out: bool = False
    text: Text = "captions"


def parse_rows(text: str, options: Mapping[str, Any]) -> RowsFrom:
    """Return where rows come from: ``URI`` or ``TASK=URI``."""
    before, equals, after = text.partition("=")
    task = OTHER_NAMES.get(before, before)
    return (
        RowsFrom(after, task, options)
        if equals and task in EDITS
        else RowsFrom(text, None, options)
    )


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
            lines.append(_written(row, folder / _name(task), layout))
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


def _written(row: Row, folder: Path, layout: Layout) -> dict[str, Any]:
    """Write the clips of a row, cut together around its edit, and return its line."""
    if row.audio is None or SOURCE not in row.media:
        raise DataError(
            f"Row '{row.id}' is no edit: expected the clips '{SOURCE}' and '{TARGET}'. Map the "
            "manifest's own names to them with --source-option field_map."
        )
    row = crop_row(_with_span(row), layout.geometry, "span")
    loaded = {SOURCE: row.media[SOURCE](), TARGET: row.audio() if row.audio else None}
    clips = {name: _converted(row, clip, layout.geometry) for name, clip in loaded.items()}
    loudest = max(1.0, *(float(clip.samples.abs().max()) for clip in clips.values()))
    (folder / "clips").mkdir(parents=True, exist_ok=True)
    paths = {
        name: f"clips/{file_name(row.id)}-{name.removesuffix('_audio')}.flac" for name in clips
    }
    for name, clip in clips.items():  # one gain for both: they stay equal outside the edit
        scaled = clip.converted(clip.samples / loudest, f"scaled by {1 / loudest:.4f}")
        save_waveform(scaled if loudest > 1 else clip, folder / paths[name])
    words = {name: row.fields[name] for name in FIELDS if row.fields.get(name)}
    if layout.text == "instruction":
        words["target_caption"] = _instruction(row)
    heard = next((row.fields[name] for name in SPOKEN if row.fields.get(name)), None)
    truth = {name: row.truth[name] for name in TRUTHS if row.truth.get(name) is not None}
    return {
        "id": row.id,
        **paths,
        **words,
        "caption": heard or words.get("target_caption", ""),
        **truth,
    }


def _converted(row: Row, clip: Any, geometry: Geometry) -> Waveform:
    if not isinstance(clip, Waveform):
        raise DataError(f"Row '{row.id}': a clip is missing or no sound.")
    return to_channels(resample(clip, geometry.sample_rate_hz), geometry.channels)


def _instruction(row: Row) -> str:
    words = row.fields.get("instruction")
    if not words:
        raise DataError(f"Row '{row.id}' has no instruction; expected one for --text instruction.")
    return str(words)


def _with_span(row: Row) -> Row:
    """Return a row whose ``spans`` ([{start_s, end_s}, …]), if it has any, are its truth's span."""
    from dataclasses import replace

    spans = row.fields.get("spans")
    if not spans or row.truth.get("span") is not None:
        return row
    try:
        pairs = [
            [float(s["start_s"]), float(s["end_s"])] if isinstance(s, Mapping) else [*map(float, s)]
            for s in spans
        ]
    except (KeyError, TypeError, ValueError) as failure:
        raise DataError(
            f"Row '{row.id}': its spans are {spans!r:.200} ({failure}); expected a list of "
            '{"start_s": …, "end_s": …} in seconds.'
        ) from None
    return replace(row, truth={**row.truth, "span": pairs})
