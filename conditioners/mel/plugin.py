"""Registers the mel conditioner."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import REFERENCE_AUDIO
from ...core.specs import ConditionerSpec, Injection
from .config import MelConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that gives the transformer a clip to edit or imitate."""
    return [
        ConditionerSpec(
            name="mel",
            summary="The log-mel spectrogram of a reference clip, one token per frame.",
            factory=f"{_HERE}.conditioner:MelConditioner",
            config=MelConfig,
            reads=REFERENCE_AUDIO,
            injection=Injection.CONCAT,
        )
    ]
