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
            summary="Prepare networks of the metrics, and verify them against the field's tools.",
            factory=f"{__name__.rpartition('.goldens.')[0]}.nouns:app",
        )
    ]
