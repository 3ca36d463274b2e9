"""Registers the source ``soundworld``."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import SourceSpec
from .config import SoundworldOptions


@hookimpl
def register_sources() -> list[SourceSpec]:
    """Return the procedural world."""
    return [
        SourceSpec(
            name="soundworld",
            summary="A procedural world of sounds, music, speech and videos, with their truth.",
            factory="audio_omni.plugins.soundworld.source:SoundworldSource",
            config=SoundworldOptions,
        )
    ]
