"""What a model makes of a benchmark's rows, written to a folder; a stopped run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from ...core.benchmark import Benchmark
from ...core.errors import ConfigError
from ...core.flow.config import SamplingConfig
from ...core.media.audio import crop, save_waveform
from ...core.media.waveform import Waveform
from ...core.pipeline import Pipeline
from ...core.result import Result
from ...core.source import Row
from ...core.task import build_task
from ...core.whole_file import write_whole
from .costs import keep_cost
from .cutting import Cutter
from .names import file_name

MARKED = "watermark_outputs"
"""Field of a row whose clip imitates somebody's voice; the clip's file says so too."""

TOGETHER = 8
"""Clips generated in one batch."""

Told = Callable[[int, int], None]
"""Told how many rows are done, of how many."""


@dataclass(frozen=True)
class Making:
    """What decides the clips of a benchmark.

    Attributes:
        benchmark: its rows are asked of the model.
        name: as it is registered.
        model: what identifies the model: provenance of its results.
        seed: row i of the ids in order gets ``seed + i``.
        sampling: steps, solver, guidance, as plain values.
        settings: fields of every request in place of what rows and defaults say.
    """

    benchmark: Benchmark
    name: str
    model: Mapping[str, Any]
    seed: int
    sampling: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)

    def claim(self, folder: Path) -> None:
        """Take a folder for these clips, or go on in it.

        Raises:
            ConfigError: if it holds clips of another model, seed or sampling; shows what differs.
        """
        folder.mkdir(parents=True, exist_ok=True)
        record = folder / "made.json"
        mine = json.loads(json.dumps(self._facts(), default=str))
        if record.is_file():
            theirs = json.loads(record.read_text(encoding="utf-8"))
            differing = [
                f"{key}: {theirs.get(key)!r} there, {mine.get(key)!r} now"
                for key in sorted({*theirs, *mine})
                if theirs.get(key) != mine.get(key)
            ]
            if differing:
                raise ConfigError(
                    f"{folder} holds clips that were made otherwise ({'; '.join(differing)}). "
                    "Choose another folder with -o, or remove this one."
                )
            return
        write_whole(record, (json.dumps(mine, indent=2) + "\n").encode())

    def _facts(self) -> dict[str, Any]:
        settings = {"settings": dict(self.settings)} if self.settings else {}
        return {
            "benchmark": self.name,
            "model": dict(self.model),
            "seed": self.seed,
            "sampling": dict(self.sampling),
            **settings,
        }


def make_clips(
    making: Making,
    rows: Sequence[Row],
    pipeline: Pipeline,
    cutter: Cutter,
    told: Told,
) -> dict[str, Path]:
    """Write a clip for each row that has none yet, and return the file of every row.

    Rows are cut to the model's clips a batch at a time, so that memory holds one batch of them.
    A clip is written whole or not at all, so that a run that was stopped anywhere goes on. Row i
    has seed ``seed + i``, and is always made beside the same rows, since rounding differs in the
    last bits with what else is in a batch: what goes on ends the same, bit for bit.
    """
    folder = cutter.folder
    making.claim(folder)
    paths = {row.id: folder / "clips" / f"{file_name(row.id)}.flac" for row in rows}
    (folder / "clips").mkdir(exist_ok=True)
    seeds = {row.id: making.seed + number for number, row in enumerate(rows)}
    for first in range(0, len(rows), TOGETHER):
        told(first, len(rows))
        batch = rows[first : first + TOGETHER]
        is_made = all(paths[row.id].is_file() for row in batch)
        if is_made and all(map(cutter.knows, batch)):
            continue
        batch = [cutter.cut(row) for row in batch]
        if is_made:
            continue
        began = perf_counter()
        results = _generate(making, batch, [seeds[row.id] for row in batch], pipeline)
        seconds = (perf_counter() - began) / len(batch)
        for row, result in zip(batch, results, strict=True):
            if not paths[row.id].is_file():
                clip = shortened(result.waveform, making.benchmark.clip_seconds)
                marked = {MARKED: True} if row.fields.get(MARKED) is True else {}
                save_waveform(clip, paths[row.id], provenance={**result.provenance, **marked})
                keep_cost(folder, row.id, seconds, result)
    told(len(rows), len(rows))
    return paths


def _generate(
    making: Making, rows: Sequence[Row], seeds: Sequence[int], pipeline: Pipeline
) -> list[Result]:
    told = [replace(row, fields={**row.fields, **making.settings}) for row in rows]
    sampling = SamplingConfig.model_validate(making.sampling)
    return pipeline.run_examples(pipeline.examples(making.benchmark.task, told), seeds, sampling)


def answer_questions(
    making: Making, rows: Sequence[Row], pipeline: Pipeline, folder: Path, told: Told
) -> dict[str, str]:
    """Return the model's answer to each row; those that were given before are not asked again."""
    making.claim(folder)
    path = folder / "answers.jsonl"
    known: dict[str, str] = {}
    if path.is_file():
        lines = path.read_text(encoding="utf-8").split("\n")
        known = {r["id"]: r["answer"] for r in (json.loads(line) for line in lines[:-1])}
        path.write_text("".join(f"{line}\n" for line in lines[:-1]), encoding="utf-8")
    task = build_task(pipeline.catalog, making.benchmark.task, pipeline.wording)
    with path.open("a", encoding="utf-8") as file:
        for number, row in enumerate(rows):
            if row.id not in known:
                request = task.request_from_row(row)
                known[row.id] = "".join(pipeline.answer(making.benchmark.task, request))
                line = {"id": row.id, "answer": known[row.id]}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
            told(number + 1, len(rows))
    return {row.id: known[row.id] for row in rows}


def shortened(clip: Waveform, seconds: float | None) -> Waveform:
    """Return at most the first ``seconds`` of a clip."""
    longest = clip.samples.shape[-1] if seconds is None else round(seconds * clip.sample_rate_hz)
    return clip if clip.samples.shape[-1] <= longest else crop(clip, 0, longest)
