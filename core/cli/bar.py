"""What shows on stderr how far something is: a bar on a terminal, lines or nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, ClassVar, Protocol, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, ProgressColumn


class ShowProgress(Protocol):
    """Shows how far something is."""

    def __call__(self, done: int, total: int, what: str | None = None) -> None:
        """Show ``done`` of ``total``, and what is being done if that is another thing now."""
        ...


@contextmanager
def progress_bar(what: str) -> Iterator[ShowProgress]:
    """Give the block what shows its progress; the bar goes with the block."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def show(done: int, total: int, what: str | None = None) -> None:
            progress.update(task, completed=done, total=total, description=what)

        yield show


class BarOrLines:
    """Draws a bar where there is a terminal, and else prints lines; use it in a ``with`` block.

    Class attribute ``transient`` says whether the bar goes with the block.

    Attributes:
        console: where it is shown.
        bar: `None` where there is no terminal, and outside the block.
    """

    transient: ClassVar[bool] = False

    def __init__(self, console: Console | None = None) -> None:
        """Show on ``console``; left out: stderr."""
        from rich.console import Console

        self.console = console or Console(file=sys.stderr)
        self.bar: Progress | None = None

    def columns(self) -> Sequence[ProgressColumn]:
        """Return the parts of the bar."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Draw the bar where there is a terminal."""
        from rich.progress import Progress

        if self.console.is_terminal:
            self.bar = Progress(*self.columns(), console=self.console, transient=self.transient)
            self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the bar as it stands, or take it away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def line(self, text: str) -> None:
        """Print a plain line."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
