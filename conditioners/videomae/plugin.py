"""Registers the conditioner that watches with VideoMAE."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import VIDEO
from ...core.specs import ConditionerSpec, Injection
from .config import VideoMaeConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioner that watches a video with a frozen VideoMAE."""
    return [
        ConditionerSpec(
            name="videomae",
            summary="What a frozen VideoMAE says of every two frames of a video.",
            factory=f"{_HERE}.conditioner:VideoMaeConditioner",
            config=VideoMaeConfig,
            reads=VIDEO,
            injection=Injection.CONTEXT,
            frozen=True,
        )
    ]
