"""Registers the conditioner that reads prompts with T5."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import PROMPT
from ...core.specs import ConditionerSpec, Injection
from .config import T5Config

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that reads prompts with a frozen T5 encoder."""
    return [
        ConditionerSpec(
            name="t5",
            summary="Hidden states of a frozen T5 encoder that reads the prompt's text.",
            factory=f"{_HERE}.conditioner:T5Conditioner",
            config=T5Config,
            reads=PROMPT,
            injection=Injection.CONTEXT,
            frozen=True,
        )
    ]
