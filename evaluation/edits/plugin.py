"""Registers the ``edits`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that compares ways to edit."""
    return [
        CommandSpec(
            name="edits",
            summary="Compare ways to edit, trained and training-free, on rows of your own.",
            factory=f"{_HERE}.command:command",
        )
    ]
