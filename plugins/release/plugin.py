"""Registers the ``release`` noun: the published checkpoint, in and out, and verified."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that deals with the published files."""
    return [
        CommandSpec(
            name="release",
            summary="Import, export and verify the published checkpoint.",
            factory=f"{__name__.rpartition('.')[0]}.command:app",
        )
    ]
