"""The demo, step by step: train, generate, measure, write the page."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from ...core.catalog import Catalog
from ...core.events import Evaluated, Sample
from ...core.metric import Measured
from ...core.pipeline import Pipeline
from ...core.recipe import Recipe
from ...core.training.held_out import HeldOutRows, as_measured, generate_held_out, held_out_rows
from ...core.training.restore import restore_model
from .comparison import Measurement
from .listener import CLIPS, train_listener
from .measure import measure_edits, measure_heard
from .outcome import DemoOutcome
from .page.render import render_page
from .report import build_report
from .training import train_to_the_end

EDITS = ("add", "remove", "extract", "style_transfer")
PROMPTED = ("text_to_audio", "text_to_music")
OWN_RATE = {name: {"sample_rate_hz": None} for name in ("lsd", "lsd_inside", "lsd_outside")}
"""The clips' own rate: at 44.1 kHz the empty bins above 8 kHz would dilute the distance."""

TOGETHER = 24
"""Clips generated in one batch."""


def run_demo(
    recipe: Recipe,
    catalog: Catalog,
    run_dir: Path,
    *,
    clips: int,
    device: str,
    console: Console,
    listener_clips: int = CLIPS,
) -> DemoOutcome:
    """Train (or go on), generate from held-out rows, measure, and write the page.

    The page is ``RUN/page.html``; its numbers are also in ``RUN/measurements.json``.

    Args:
        recipe: the resolved recipe.
        catalog: where plugins are looked up.
        run_dir: folder of the run.
        clips: held-out clips to generate and measure, per task.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ….
        console: where progress is shown.
        listener_clips: real renderings that each classifier learns from.
    """
    began = time.monotonic()
    console.print(f"[bold]1/4[/] train {recipe.name} on {len(recipe.mixture.sources)} sources")
    trained = train_to_the_end(recipe, catalog, run_dir, device=device, console=console)
    console.print(f"[bold]2/4[/] generate {clips} held-out clips per task")
    pipeline = restore_model(run_dir, catalog, device)
    made = {}
    for held_out in held_out_rows(recipe, catalog, clips, pipeline.model.geometry):
        made[held_out.task] = _generate(pipeline, held_out, recipe.seed)
        console.print(f"  {held_out.task}: {len(held_out.rows)} clips", highlight=False)
    console.print("[bold]3/4[/] measure, beside copying the input and real renderings")
    measured = {task: items for task, (_, items) in made.items()}
    measurements = _measure(recipe, catalog, measured, listener_clips, console)
    console.print("[bold]4/4[/] write the page")
    seconds = time.monotonic() - began
    page = run_dir / "page.html"
    outcome = DemoOutcome(page, run_dir, seconds, measurements)
    samples = {task: found for task, (found, _) in made.items()}
    render_page(build_report(recipe, trained, outcome, samples, pipeline), page)
    measured_path = run_dir / "measurements.json"
    measured_path.write_text(json.dumps(outcome.to_dict(), indent=2) + "\n", encoding="utf-8")
    values = {f"{item.task}/{item.ours.name}": item.ours.value for item in measurements}
    details = {"measurements": outcome.to_dict()["measurements"]}
    plain = recipe.model_dump(mode="json")
    catalog.notify(Evaluated(run_dir, plain, "demo", trained.step, values, details))
    return outcome


def _generate(
    pipeline: Pipeline, held_out: HeldOutRows, seed: int
) -> tuple[list[Sample], list[Measured]]:
    """Return samples and what to measure of them, a batch at a time."""
    samples: list[Sample] = []
    for first in range(0, len(held_out.rows), TOGETHER):
        rows = held_out.rows[first : first + TOGETHER]
        samples += generate_held_out(pipeline, HeldOutRows(held_out.task, rows), seed + first)
    measured = [as_measured(s, row) for s, row in zip(samples, held_out.rows, strict=True)]
    return samples, measured


def _measure(
    recipe: Recipe,
    catalog: Catalog,
    clips: Mapping[str, Sequence[Measured]],
    listener_clips: int,
    console: Console,
) -> list[Measurement]:
    edits = {task: items for task, items in clips.items() if task in EDITS}
    found = measure_edits(edits, catalog, options=OWN_RATE)
    for use in recipe.mixture.sources:
        task = catalog.tasks.get(use.task).name
        if task in PROMPTED and task in clips:
            console.print(
                f"  {task}: train a classifier on {listener_clips} real clips, and let it listen",
                highlight=False,
            )
            listener = train_listener(use, catalog, recipe.seed, listener_clips)
            if listener is not None:
                found += measure_heard({task: clips[task]}, catalog, listener)
    return found
