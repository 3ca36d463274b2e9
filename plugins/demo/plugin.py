"""Registers the nouns ``demo`` and ``ablate``."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import CommandSpec

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_commands() -> list[CommandSpec]:
    """Return the command that shows everything, and the one that asks what choices are worth."""
    return [
        CommandSpec(
            name="demo",
            summary="Train, generate, edit and measure a small model; ends with a page to hear.",
            factory=f"{_HERE}.command:command",
        ),
        CommandSpec(
            name="ablate",
            summary="Train and measure the variants of a study, such as the paper's ablations.",
            factory=f"{_HERE}.ablation.command:command",
        ),
    ]
