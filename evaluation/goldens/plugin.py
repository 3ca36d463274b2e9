"""Registers the ``metrics`` noun."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that checks metrics against golden cases."""
    return [
        CommandSpec(
            name="metrics",
            summary="Verify the metrics against the numbers of the field's own tools.",
            factory=f"{__name__.rpartition('.')[0]}.command:app",
        )
    ]
