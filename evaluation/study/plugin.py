"""Registers the ``study`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that makes listening studies and scores them."""
    return [
        CommandSpec(
            name="study",
            summary="Ask people: make a listening study, and score what they rated.",
            factory=f"{__name__.rpartition('.')[0]}.command:app",
        )
    ]
