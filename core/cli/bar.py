"""A bar on stderr for what takes a while; nothing where that is no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


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
