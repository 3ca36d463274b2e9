"""Observes a run and writes ``RUN/history.jsonl``: one line an event, readable while it grows.

Each line has ``event`` and the event's plain fields; clips are left to other observers. Listed
in a recipe's ``tracking.observers`` as ``jsonl``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...core import events
from ...core.config import NoOptions, parse_config
from ...core.hookspecs import hookimpl

NAME = "jsonl"
HISTORY = "history.jsonl"


class _History:
    """The file of the run at hand; `None` while no run wants one."""

    def __init__(self) -> None:
        self.path: Path | None = None

    def open(self, event: events.RunStart) -> None:
        wanted = event.recipe.get("tracking", {}).get("observers", ())
        self.path = event.run_dir / HISTORY if NAME in wanted else None
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        step = event.resumed_from_step
        kept = [] if step is None else [line for line in _read(self.path) if _step(line) <= step]
        # Steps past the checkpoint will be taken again; no step may stand twice.
        self.path.write_text("".join(_line(entry) for entry in kept), encoding="utf-8")
        self.add("run_start", {"resumed_from_step": step, "tags": dict(event.tags)})

    def add(self, name: str, fields: Mapping[str, Any]) -> None:
        if self.path is not None:
            _append(self.path, {"event": name, **fields})


_history = _History()


@hookimpl
def check_recipe(recipe: Mapping[str, Any]) -> None:
    """Refuse options: there are none."""
    tracking = recipe.get("tracking", {})
    if NAME in tracking.get("observers", ()):
        options = tracking.get("options", {}).get(NAME) or {}
        parse_config(NoOptions, options, where=f"tracking.options.{NAME}")


@hookimpl
def on_run_start(event: events.RunStart) -> None:
    """Open the history; after a resume, steps past the checkpoint are removed."""
    _history.open(event)


@hookimpl
def on_step_end(event: events.StepEnd) -> None:
    """Write losses, learning rate, gradient norm, throughput and shares."""
    _history.add("step_end", vars(event))


@hookimpl
def on_samples_ready(event: events.SamplesReady) -> None:
    """Write the metrics of held-out samples."""
    _history.add("samples_ready", {"step": event.step, "metrics": dict(event.metrics)})


@hookimpl
def on_checkpoint_saved(event: events.CheckpointSaved) -> None:
    """Write step and folder of the checkpoint."""
    _history.add("checkpoint_saved", {"step": event.step, "path": str(event.path)})


@hookimpl
def on_run_end(event: events.RunEnd) -> None:
    """Write how the run ended."""
    _history.add("run_end", vars(event))
    _history.path = None


@hookimpl
def on_evaluated(event: events.Evaluated) -> None:
    """Write measurements that were taken after the run."""
    if NAME in event.recipe.get("tracking", {}).get("observers", ()):
        fields = {"name": event.name, "step": event.step, "metrics": dict(event.metrics)}
        _append(event.run_dir / HISTORY, {"event": "evaluated", **fields})


def _step(entry: Mapping[str, Any]) -> int:
    return int(entry.get("step") or 0)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield entries; a last line that a kill left unfinished is passed over."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:
            continue


def _append(path: Path, entry: Mapping[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(_line(entry))


def _line(entry: Mapping[str, Any]) -> str:
    return json.dumps(entry, default=str) + "\n"
