"""Registers the ``metrics`` noun: published networks converted, and golden cases verified."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the commands that prepare metrics and check them."""
    return [
        CommandSpec(
            name="metrics",
            summary="Prepare the networks that metrics listen with, and verify their numbers.",
            factory=f"{__name__.rpartition('.')[0]}.command:app",
        )
    ]
