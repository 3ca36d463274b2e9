"""The whole demonstration, step by step: ears first, then the voice, then the table."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from ....core.catalog import Catalog
from ....core.events import Evaluated, Sample
from ....core.pipeline import Pipeline
from ....core.recipe import Recipe
from ....core.training.checkpoint import load_checkpoint
from ....core.training.restore import restore_model, saved_recipe
from ..outcome import DemoOutcome
from ..page.render import render_page
from ..report import build_report
from ..training import train_to_the_end
from .answers import answer_questions
from .cases import Asked, Case, ask, cases_of, held_out
from .line import Line
from .listeners import Listeners
from .measuring import Measuring, all_lines
from .table import as_markdown, as_values, full_table

EARS = "ears"
"""Folder of the language model's run, inside the demo's."""

LANGUAGES = ("de", "es")
"""Languages of captions that the language model learned to read and the transformer never saw."""

MOTION = "video"
"""The payload slot that says when things move."""

QUESTIONS_A_CLIP = 4
"""Questions for every clip that is generated: they are short, and split over many skills."""


@dataclass(frozen=True)
class FullDemo:
    """What the whole demonstration needs.

    Attributes:
        ears: recipe of the language model to train, or `None` where there is a trained one.
        ears_folder: folder of its run.
        recipe: recipe of the model that makes audio.
        clips: held-out clips of each case.
        listener_clips: real clips that each listener learns from.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….
    """

    ears: Recipe | None
    ears_folder: Path
    recipe: Recipe
    clips: int
    listener_clips: int
    device: str


def run_full_demo(demo: FullDemo, catalog: Catalog, run_dir: Path, console: Console) -> DemoOutcome:
    """Train the language model and then the model (or go on), measure every task, write the page.

    In the run's folder: ``page.html``, the table as ``table.md`` and, with every fingerprint, as
    ``table.json``, and what classifiers took for what as ``confusion-….png``. Stopped half-way,
    the same call goes on.
    """
    began = time.monotonic()
    if demo.ears is not None:
        console.print(f"[bold]1/5[/] train {demo.ears.name}: hear, see, read")
        train_to_the_end(demo.ears, catalog, demo.ears_folder, device=demo.device, console=console)
    console.print(
        f"[bold]2/5[/] train {demo.recipe.name} on {len(demo.recipe.mixture.sources)} sources"
    )
    trained = train_to_the_end(demo.recipe, catalog, run_dir, device=demo.device, console=console)
    pipeline = restore_model(run_dir, catalog, demo.device)
    console.print(f"[bold]3/5[/] generate {demo.clips} held-out clips of each source")
    asked = _ask_everything(demo, pipeline, catalog)
    console.print("[bold]4/5[/] measure, beside baselines and upper bounds; answer questions")
    listeners = Listeners(
        [item.case for item in asked],
        catalog,
        pipeline.model.geometry,
        seed=demo.recipe.seed,
        clips=demo.listener_clips,
    )
    measuring = Measuring(pipeline, catalog, listeners, demo.recipe.seed)
    lines = all_lines(measuring, asked)
    asked_of_ears = saved_recipe(load_checkpoint(demo.ears_folder))
    skills = answer_questions(asked_of_ears, pipeline, catalog, QUESTIONS_A_CLIP * demo.clips)
    console.print("[bold]5/5[/] write the table and the page")
    table = full_table(lines, skills, measuring.missing)
    (run_dir / "table.md").write_text(as_markdown(table), encoding="utf-8")
    values = as_values(lines, skills)
    (run_dir / "table.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    _draw(lines, run_dir)
    heard = {f"{line.case.task}/{line.ours.name}": line.ours.value for line in reversed(lines)}
    plain = demo.recipe.model_dump(mode="json")
    catalog.notify(Evaluated(run_dir, plain, "demo, full", trained.step, heard, {"table": values}))
    outcome = DemoOutcome(run_dir / "page.html", run_dir, time.monotonic() - began, ())
    report = build_report(demo.recipe, trained, outcome, _samples(asked), pipeline)
    render_page(replace(report, tables=[table]), outcome.page)
    return outcome


def _draw(lines: Sequence[Line], run_dir: Path) -> None:
    """Write the pictures of what was heard for what, one for each line that has one."""
    for line in lines:
        if line.confusion is not None:
            case = line.case
            left_out = [f"without-{slot}" for slot in case.without]
            name = "-".join([case.task, *case.name.split(), *left_out, line.ours.name])
            (run_dir / f"confusion-{name}.png").write_bytes(line.confusion)


def with_ears(recipe: Recipe, folder: Path) -> list[str]:
    """Return the override that puts a trained language model into a recipe's model."""
    name = next(n for n, use in recipe.model.conditioners.items() if use.options.get("local"))
    return [f"model.conditioners.{name}.options.local.weights={folder}"]


def _ask_everything(demo: FullDemo, pipeline: Pipeline, catalog: Catalog) -> list[Asked]:
    asked = []
    for case in _with_variations(list(cases_of(demo.recipe, catalog))):
        rows = held_out(case, catalog, pipeline, demo.clips)
        if rows:
            asked.append(ask(case, rows, pipeline, demo.recipe.seed))
    return asked


def _with_variations(cases: Sequence[Case]) -> list[Case]:
    """Return the cases, and those that show what a part of the model is worth.

    Sound for videos without the motion; captions in languages that the transformer never saw.
    """
    found = []
    for case in cases:
        found.append(case)
        if case.task == "video_to_audio":
            found.append(replace(case, without=(MOTION,)))
        if case.task == "text_to_audio" and case.uri.startswith("soundworld:"):
            found += [
                replace(
                    case, options={**case.options, "language": code}, name=f"captions in {code}"
                )
                for code in LANGUAGES
            ]
    return found


def _samples(asked: Sequence[Asked]) -> Mapping[str, Sequence[Sample]]:
    """Return what the page plays, by task: the first case of each."""
    samples: dict[str, Sequence[Sample]] = {}
    for item in asked:
        samples.setdefault(item.case.task, [_sample(item, i) for i in range(len(item.rows))])
    return samples


def _sample(item: Asked, number: int) -> Sample:
    row, clip = item.rows[number], item.clips[number]
    return Sample(
        task=item.case.task,
        name=row.id,
        generated=clip.generated,
        reference=clip.reference,
        source=clip.source,
        caption=_words(row.fields),
        seed=number,
    )


def _words(fields: Mapping[str, Any]) -> str:
    words = fields.get("instruction") or fields.get("transcript") or fields.get("caption")
    return str(words or "")
