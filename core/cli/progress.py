"""The progress of a training run on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TaskProgressColumn, TextColumn

from ..events import CheckpointSaved, RunEnd, RunStart, SamplesReady, StepEnd
from .bar import BarOrLines

PLAIN_LINES = 20


class TrainingProgress(BarOrLines):
    """Shows events; call it with each, inside a ``with`` block.

    How much of a run is done is told by time, since a run may end by steps or by minutes. Without
    a terminal it prints about twenty lines over the whole run, and no bar.
    """

    def __init__(self, console: Console | None = None) -> None:
        """Show on ``console``; left out: stderr."""
        super().__init__(console)
        self.task: Any = None
        self.began = time.monotonic()
        self.next_line = 0.0

    def columns(self) -> tuple[ProgressColumn, ...]:
        """Return share, bar and words."""
        return TaskProgressColumn(), BarColumn(bar_width=24), TextColumn("{task.description}")

    def __enter__(self) -> Self:
        """Draw the bar where there is a terminal."""
        super().__enter__()
        if self.bar is not None:
            self.task = self.bar.add_task("starting", total=1.0)
        return self

    def __call__(self, event: Any) -> None:
        """Show one event record of `core.events`; unknown ones are ignored."""
        match event:
            case RunStart(resumed_from_step=step):
                self.began, self.next_line = time.monotonic(), 0.0
                if step is not None:
                    self.line(f"resumed after step {step}")
            case StepEnd():
                spent = time.monotonic() - self.began
                share = spent / max(spent + event.seconds_left, 1e-9)
                self._show(share, describe_step(event))
            case SamplesReady():
                self.line(describe_samples(event))
            case CheckpointSaved(path=path):
                self.line(f"saved {path}")
            case RunEnd(status=status, step=step) if status != "failed":
                self.line(f"{status} at step {step}")

    def on_pool(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` rows of the pool are rendered and encoded."""
        self._show(done / total, f"rendered {done} of {total} rows")
        if done == total:
            self.next_line = 0.0

    def _show(self, share: float, text: str) -> None:
        if self.bar is not None:
            self.bar.update(self.task, completed=share, description=text)
        elif share >= self.next_line:
            self.line(f"{share:4.0%}  {text}")
            self.next_line = share + 1 / PLAIN_LINES


def describe_step(event: StepEnd) -> str:
    """Return step, loss, learning rate, speed and time left in one line."""
    return (
        f"step {event.step}  loss {event.loss:.4f}  lr {event.learning_rate:.1e}  "
        f"{event.examples_per_s:.0f} ex/s  {_duration(event.seconds_left)} left"
    )


def describe_samples(event: SamplesReady) -> str:
    """Return how many clips were made; of answers, which nobody listens to, what was measured."""
    if event.samples:
        return f"step {event.step}: {len(event.samples)} samples"
    tasks = {name: value for name, value in event.metrics.items() if name.count("/") == 1}
    return f"step {event.step}: " + ", ".join(f"{name} {v:.3f}" for name, v in tasks.items())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
