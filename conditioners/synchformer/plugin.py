"""Registers the conditioner that reads videos."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import VIDEO
from ...core.specs import ConditionerSpec, Injection
from .config import SynchformerConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that tells the transformer when things happen in a video."""
    return [
        ConditionerSpec(
            name="synchformer",
            summary="Features of a frozen Synchformer that say what moves when in a video.",
            factory=f"{_HERE}.conditioner:SynchformerConditioner",
            config=SynchformerConfig,
            reads=VIDEO,
            injection=Injection.CONCAT,
            frozen=True,
        )
    ]
