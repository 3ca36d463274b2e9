"""How far a score is and how long it will take, on stderr: a bar on a terminal, else lines."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

PLAIN_LINES = 10
QUIET_SECONDS = 2.0
"""Nothing is printed before: most scores with a warm cache end sooner."""


class ScoreProgress:
    """Shows (what, clips done, clips in all); use it in a ``with`` block."""

    def __init__(self, console: Console | None = None) -> None:
        """Show on ``console``; left out: stderr."""
        self.console = console or Console(file=sys.stderr)
        self.bar = Progress(
            TextColumn("{task.description} {task.completed} of {task.total}"),
            BarColumn(bar_width=24),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self.tasks: dict[str, TaskID] = {}
        self.began: dict[str, float] = {}
        self.next_share: dict[str, float] = {}

    def __enter__(self) -> ScoreProgress:
        """Draw the bar where there is a terminal."""
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        self.bar.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show how far it is."""
        if self.console.is_terminal:
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
        text = f"{share:4.0%}  {what} {done} of {total} clips, {left // 60}:{left % 60:02d} left"
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
