"""How far a run is, on stderr: a bar with the time left, or plain lines where none can be drawn."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from ...core.cli.bar import BarOrLines
from .stages.tally import Tally

LINES = 5
"""Plain lines a stage."""
SOON = 1.0
"""Seconds before a speed says anything."""


class RunProgress(BarOrLines):
    """Shows tallies; call it with each, inside a ``with`` block."""

    def __init__(self, console: Console | None = None) -> None:
        """Show on ``console``; left out: stderr."""
        super().__init__(console)
        self.task: Any = None
        self.stage = ""
        self.began = time.monotonic()
        self.next_share = 0.0

    def columns(self) -> tuple[ProgressColumn, ...]:
        """Return words, bar, counts and time left."""
        bar = BarColumn(bar_width=24)
        return TextColumn("{task.description}"), bar, MofNCompleteColumn(), TimeRemainingColumn()

    def __call__(self, tally: Tally) -> None:
        """Show how far a stage is."""
        if tally.stage != self.stage:
            self.stage, self.began, self.next_share = tally.stage, time.monotonic(), 0.0
            if self.bar is not None:
                self.task = self.bar.add_task(tally.stage, total=tally.total)
        if self.bar is not None:
            self.bar.update(self.task, completed=tally.done, description=describe(tally, None))
            return
        share = tally.done / max(tally.total, 1)
        if share >= self.next_share:
            self.line(f"{share:4.0%}  {describe(tally, time.monotonic() - self.began)}")
            self.next_share = share + 1 / LINES


def describe(tally: Tally, seconds: float | None) -> str:
    """Return a stage's counts in one line; with the time it has taken, speed and time left too."""
    counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(tally.counts.items()))
    told = f"{tally.stage}: {counts}"
    if seconds is None or seconds < SOON or tally.fresh == 0:
        return told
    rate = tally.fresh / seconds
    left = round(max(0, tally.total - tally.done) / rate)
    return f"{told}  {rate:.1f}/s  {left // 60}:{left % 60:02d} left"
