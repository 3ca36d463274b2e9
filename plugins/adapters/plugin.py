"""Registers the command ``lora``."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command."""
    return [
        CommandSpec(
            name="lora",
            summary="Export low-rank adapters, and merge them into a model.",
            factory="audio_omni.plugins.adapters.command:app",
        )
    ]
