"""Registers the ``bench`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the commands that measure speed, memory and the error of solvers."""
    return [
        CommandSpec(
            name="bench",
            summary="Measure how fast a model generates and learns, and how exact its solvers are.",
            factory=f"{__name__.rpartition('.')[0]}.command:app",
        )
    ]
