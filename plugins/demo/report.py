"""From a finished demo to the record that the page shows."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from ...core.events import Sample
from ...core.pipeline import Pipeline
from ...core.recipe import Recipe
from ...core.training.outcome import TrainOutcome
from ...core.training.run_facts import device_name
from .budget import UNBOUNDED_STEPS
from .outcome import DemoOutcome
from .page.report import Command, DemoReport, DemoSample, LossHistory, TaskSection
from .story import words_for
from .tables import edit_table, heard_table

SHOWN_PER_TASK = 4
HISTORY = "history.jsonl"
FEW = 10
"""A training that took less than this part of its steps has learned little."""


def hurry(trained: TrainOutcome, recipe: Recipe) -> str:
    """Return a sentence for a training whose time was up after few of its steps; else nothing."""
    if recipe.train.steps >= UNBOUNDED_STEPS or trained.step >= recipe.train.steps / FEW:
        return ""
    return (
        f" Its time was up after {trained.step:,} of {recipe.train.steps:,} steps, so expect "
        "little of it; more minutes help (--minutes, into another folder)."
    )


def whole_time(trained: TrainOutcome, outcome: DemoOutcome) -> str:
    """Return what the demo's time is of: all of it, or a second go after the training."""
    return "All in all" if outcome.seconds >= trained.seconds else "This page, made again"


def build_report(
    recipe: Recipe,
    trained: TrainOutcome,
    outcome: DemoOutcome,
    samples: Mapping[str, Sequence[Sample]],
    pipeline: Pipeline,
) -> DemoReport:
    """Return everything on the page."""
    titles = {task: words_for(task).title for task in samples}
    parameters = sum(p.numel() for p in pipeline.model.parameters() if p.requires_grad)
    heard = [m for m in outcome.measurements if m.chance is not None]
    edits = [m for m in outcome.measurements if m.chance is None]
    return DemoReport(
        title=f"One model, {_in_words(len(samples))}",
        summary=(
            f"A model of {parameters / 1e6:.1f} million parameters, trained for "
            f"{trained.seconds / 60:.1f} minutes with the recipe {recipe.name}. Every clip below "
            f"answers a request that it was never trained on.{hurry(trained, recipe)}"
        ),
        facts={
            "Parameters": f"{parameters / 1e6:.1f} M",
            "Training": f"{trained.seconds / 60:.1f} min, {trained.step} steps",
            whole_time(trained, outcome): f"{outcome.seconds / 60:.1f} min",
            "Last loss": "–" if trained.loss is None else f"{trained.loss:.3f}",
        },
        sections=[_section(task, found) for task, found in samples.items()],
        losses=read_losses(outcome.run_dir),
        tables=[
            *([heard_table(heard, titles)] if heard else []),
            *([edit_table(edits, titles)] if edits else []),
        ],
        environment=_environment(recipe, pipeline),
        commands=[
            Command(outcome.mlflow_command, "Losses, shares, samples and checkpoints in MLflow."),
            Command(
                "audio-omni run text_to_audio --prompt 'a dog barks while rain falls' "
                f"--model {outcome.run_dir} -o bark.flac",
                "Make a sound of your own.",
            ),
            Command(
                f"audio-omni demo -o {outcome.run_dir} --minutes 30",
                "Train the same model for longer.",
            ),
        ],
    )


def read_losses(run_dir: Path) -> LossHistory:
    """Return the loss curves that the JSON-lines tracker kept; empty when it was switched off."""
    total: list[tuple[int, float]] = []
    tasks: dict[str, list[tuple[int, float]]] = {}
    for entry in _history(run_dir / HISTORY):
        total.append((entry["step"], entry["loss"]))
        for task, loss in entry["task_loss"].items():
            tasks.setdefault(task, []).append((entry["step"], loss))
    return LossHistory(total=total, tasks=tasks)


def _history(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        if entry.get("event") == "step_end":
            yield entry


def _in_words(tasks: int) -> str:
    small = ("no", "one", "two", "three", "four", "five", "six")
    number = small[tasks] if tasks < len(small) else str(tasks)
    return f"{number} task" if tasks == 1 else f"{number} tasks"


def _section(task: str, samples: Sequence[Sample]) -> TaskSection:
    words = words_for(task)
    return TaskSection(
        name=task,
        title=words.title,
        explanation=words.explanation,
        listen_for=words.listen_for,
        target_title=words.target_title,
        samples=[
            DemoSample(
                prompt=sample.caption,
                output=sample.generated,
                source=sample.source,
                target=sample.reference,
            )
            for sample in samples[:SHOWN_PER_TASK]
        ],
    )


def _environment(recipe: Recipe, pipeline: Pipeline) -> dict[str, str]:
    facts = pipeline.provenance
    return {
        "Machine": device_name(pipeline.model.device),
        "System": f"{platform.system()}, Python {platform.python_version()}",
        "audio-omni": metadata.version("audio-omni"),
        "torch": metadata.version("torch"),
        "Recipe and seed": f"{recipe.name}, {recipe.seed}",
        "Checkpoint": f"{facts['checkpoint']} ({facts['checkpoint_sha256'][:12]})",
        "Sampling": (
            f"{recipe.sampling.solver}, {recipe.sampling.steps} steps, "
            f"guidance {recipe.sampling.guidance_scale:g}"
        ),
    }
