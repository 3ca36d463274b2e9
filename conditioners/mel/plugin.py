"""Registers the mel conditioners."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import REFERENCE_AUDIO
from ...core.specs import ConditionerSpec, Injection
from .config import MelConfig, MelWindowConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioners that give the transformer a clip to edit or imitate."""
    return [
        ConditionerSpec(
            name="mel",
            summary="The log-mel spectrogram of a reference clip, one token per frame.",
            factory=f"{_HERE}.conditioner:MelConditioner",
            config=MelConfig,
            reads=REFERENCE_AUDIO,
            injection=Injection.CONCAT,
        ),
        ConditionerSpec(
            name="mel_window",
            summary="The log-mel spectrogram of a window of fixed length, mixed to fewer tokens.",
            factory=f"{_HERE}.window:MelWindow",
            config=MelWindowConfig,
            reads=REFERENCE_AUDIO,
            injection=Injection.CONCAT,
        ),
    ]
