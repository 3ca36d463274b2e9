"""Hooks of the MLflow observer; what does the work is imported when a run starts."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...core.events import (
    CheckpointSaved,
    Evaluated,
    RankEnd,
    RankStart,
    RunEnd,
    RunStart,
    SamplesReady,
    StepEnd,
)
from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec

if TYPE_CHECKING:
    from .system import MachineTracker
    from .tracker import MlflowTracker

NAME = "mlflow"
_active: dict[str, MlflowTracker] = {}  # at most one run at a time in a process
_machine: dict[str, MachineTracker] = {}


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that sends what a run could not."""
    return [
        CommandSpec(
            name="tracking",
            summary="Send to MLflow what a run could not.",
            factory=f"{__name__.rpartition('.')[0]}.command:app",
        )
    ]


@hookimpl
def check_recipe(recipe: Mapping[str, Any]) -> None:
    """Refuse options and a tracking URI that could not work, if the recipe names ``mlflow``."""
    if _is_wanted(recipe):
        from .checks import check

        check(recipe, os.environ)


@hookimpl
def on_run_start(event: RunStart) -> None:
    """Open the MLflow run, when the recipe's ``tracking.observers`` names ``mlflow``."""
    _active.clear()
    if _is_wanted(event.recipe):
        from .tracker import start_tracker

        tracker = start_tracker(event)
        if tracker is not None:
            _active[NAME] = tracker


@hookimpl
def on_step_end(event: StepEnd) -> None:
    """Queue the step's metrics."""
    for tracker in _active.values():
        tracker.on_step_end(event)


@hookimpl
def on_samples_ready(event: SamplesReady) -> None:
    """Write clips and spectrograms, and queue them with their metrics."""
    for tracker in _active.values():
        tracker.on_samples_ready(event)


@hookimpl
def on_checkpoint_saved(event: CheckpointSaved) -> None:
    """Queue the checkpoint as a logged model."""
    for tracker in _active.values():
        tracker.on_checkpoint_saved(event)


@hookimpl
def on_run_end(event: RunEnd) -> None:
    """End the run and wait, within bounds, until all is sent."""
    tracker = _active.pop(NAME, None)
    if tracker is not None:
        tracker.on_run_end(event)


@hookimpl
def on_rank_start(event: RankStart) -> None:
    """Measure this machine, if it is not that of the first process."""
    _machine.clear()
    if _is_wanted(event.recipe):
        from .tracker import start_machine_tracker

        tracker = start_machine_tracker(event)
        if tracker is not None:
            _machine[NAME] = tracker


@hookimpl
def on_rank_end(event: RankEnd) -> None:
    """Measure no more."""
    tracker = _machine.pop(NAME, None)
    if tracker is not None:
        tracker.close()


@hookimpl
def on_evaluated(event: Evaluated) -> None:
    """Record the measurements as a child of the run."""
    if _is_wanted(event.recipe) and importlib.util.find_spec("mlflow") is not None:
        from .evaluations import record_evaluation

        record_evaluation(event)


def _is_wanted(recipe: Mapping[str, Any]) -> bool:
    """Tell whether the recipe's ``tracking.observers`` names this one."""
    return NAME in recipe.get("tracking", {}).get("observers", ())
