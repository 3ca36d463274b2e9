"""Registers the transcript conditioner."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import TRANSCRIPT
from ...core.specs import ConditionerSpec, Injection
from .config import TranscriptConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that gives the transformer the words to speak."""
    return [
        ConditionerSpec(
            name="transcript",
            summary="What is said, as characters and pinyin syllables read by a small network.",
            factory=f"{_HERE}.conditioner:TranscriptConditioner",
            config=TranscriptConfig,
            reads=TRANSCRIPT,
            injection=Injection.CONTEXT,
        )
    ]
