"""Registers the source ``mixed``."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import SourceSpec
from .config import MixedOptions


@hookimpl
def register_sources() -> list[SourceSpec]:
    """Return the source of mixed editing pairs."""
    return [
        SourceSpec(
            name="mixed",
            summary="Pairs for add, remove and extract: events mixed over backgrounds, exactly.",
            factory="audio_omni.plugins.mixed_pairs.source:MixedSource",
            config=MixedOptions,
        )
    ]
