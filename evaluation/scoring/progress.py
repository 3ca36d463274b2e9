"""How far a score is and how long it will take, on stderr: a bar on a terminal, else lines."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, TaskID, TextColumn, TimeRemainingColumn

from ...core.cli.bar import BarOrLines

PLAIN_LINES = 10
QUIET_SECONDS = 2.0
"""Nothing is printed before: most scores with a warm cache end sooner."""


class ScoreProgress(BarOrLines):
    """Shows (what, clips done, clips in all); use it in a ``with`` block."""

    transient = True

    def __init__(self, console: Console | None = None) -> None:
        """Show on ``console``; left out: stderr."""
        super().__init__(console)
        self.tasks: dict[str, TaskID] = {}
        self.began: dict[str, float] = {}
        self.next_share: dict[str, float] = {}

    def columns(self) -> tuple[ProgressColumn, ...]:
        """Return counts, bar and time left."""
        counts = TextColumn("{task.description} {task.completed} of {task.total}")
        return counts, BarColumn(bar_width=24), TimeRemainingColumn()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far it is."""
        if self.bar is not None:
            if what not in self.tasks:
                self.tasks[what] = self.bar.add_task(what, total=total)
            self.bar.update(self.tasks[what], completed=done)
            return
        now = time.monotonic()
        began = self.began.setdefault(what, now)
        spent, share = now - began, done / max(total, 1)
        if spent < QUIET_SECONDS or share < self.next_share.get(what, 0.0):
            return
        self.next_share[what] = share + 1 / PLAIN_LINES
        left = round(spent / max(share, 1e-9) - spent)
        self.line(
            f"{share:4.0%}  {what} {done} of {total} clips, {left // 60}:{left % 60:02d} left"
        )
