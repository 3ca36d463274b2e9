"""Hooks of the MLflow observer; what does the work is imported when a run starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.events import CheckpointSaved, RunEnd, RunStart, SamplesReady, StepEnd
from ...core.hookspecs import hookimpl

if TYPE_CHECKING:
    from .tracker import MlflowTracker

NAME = "mlflow"
_active: dict[str, MlflowTracker] = {}  # at most one run at a time in a process


@hookimpl
def on_run_start(event: RunStart) -> None:
    """Open the MLflow run, when the recipe's ``tracking.observers`` names ``mlflow``."""
    _active.clear()
    if NAME in event.recipe.get("tracking", {}).get("observers", ()):
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
