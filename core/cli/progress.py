"""The progress of a training run on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ..events import CheckpointSaved, RunEnd, RunStart, SamplesReady, StepEnd


class TrainingProgress:
    """Shows events; call it with each, inside a ``with`` block.

    Left without a terminal it prints about twenty lines over the whole run.
    """

    def __init__(self, total_steps: int, console: Console | None = None) -> None:
        """Show a run of ``total_steps`` optimiser steps."""
        self.total_steps = total_steps
        self.console = console or Console(file=sys.stderr)
        self.every = max(1, total_steps // 20)
        self.next_line = 1
        self.bar: Progress | None = None
        self.task: Any = None

    def __enter__(self) -> TrainingProgress:
        """Draw the bar where there is a terminal."""
        if self.console.is_terminal:
            self.bar = Progress(
                TextColumn("step {task.completed:.0f}/{task.total:.0f}"),
                BarColumn(),
                TextColumn("{task.description}"),
                console=self.console,
            )
            self.bar.start()
            self.task = self.bar.add_task("starting", total=self.total_steps)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the bar as it stands."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def __call__(self, event: Any) -> None:
        """Show one event record of `core.events`; unknown ones are ignored."""
        match event:
            case RunStart(resumed_from_step=int() as step):
                self._line(f"resumed after step {step}")
                if self.bar is not None:
                    self.bar.update(self.task, completed=step)
            case StepEnd():
                self._step(event)
            case SamplesReady(step=step, samples=samples):
                self._line(f"step {step}: {len(samples)} samples")
            case CheckpointSaved(path=path):
                self._line(f"saved {path}")
            case RunEnd(status=status, step=step) if status != "failed":
                self._line(f"{status} at step {step}")

    def _step(self, event: StepEnd) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=event.step, description=describe_step(event))
        elif event.step >= min(self.next_line, self.total_steps):
            self._line(f"step {event.step}/{self.total_steps}  {describe_step(event)}")
            self.next_line = event.step + self.every

    def _line(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)


def describe_step(event: StepEnd) -> str:
    """Return loss, learning rate, speed and time left of a step in one line."""
    return (
        f"loss {event.loss:.4f}  lr {event.learning_rate:.1e}  "
        f"{event.examples_per_s:.1f} ex/s  {_duration(event.seconds_left)} left"
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
