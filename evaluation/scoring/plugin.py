"""Registers the ``score`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that measures files."""
    return [
        CommandSpec(
            name="score",
            summary="Measure audio files of any system, alone or against references.",
            factory=f"{__name__.rpartition('.')[0]}.command:command",
        )
    ]
