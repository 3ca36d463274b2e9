"""Registers the conditioner that sees frames with CLIP."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import VIDEO
from ...core.specs import ConditionerSpec, Injection
from .config import ClipConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that sees the frames of a video with a frozen CLIP."""
    return [
        ConditionerSpec(
            name="clip",
            summary="What a frozen CLIP sees in the frames of a video, one token each.",
            factory=f"{_HERE}.conditioner:ClipConditioner",
            config=ClipConfig,
            reads=VIDEO,
            injection=Injection.CONTEXT,
            frozen=True,
        )
    ]
