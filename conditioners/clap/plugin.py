"""Registers the conditioner that reads and hears prompts with CLAP."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import PROMPT
from ...core.specs import ConditionerSpec, Injection
from .config import ClapConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that reads and hears prompts with a frozen CLAP."""
    return [
        ConditionerSpec(
            name="clap",
            summary="The prompt's text and audio in the space that a frozen CLAP gives to both.",
            factory=f"{_HERE}.conditioner:ClapConditioner",
            config=ClapConfig,
            reads=PROMPT,
            injection=Injection.CONTEXT,
            frozen=True,
        )
    ]
