"""Registers the ``demo`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that shows everything in ten minutes."""
    return [
        CommandSpec(
            name="demo",
            summary="Train, generate, edit and measure a small model; ends with a page to hear.",
            factory=f"{__name__.rpartition('.')[0]}.command:command",
        )
    ]
