"""Registers the factory of editing pairs: its command, its source and its providers."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import EditProviderSpec


@hookimpl
def register_edit_providers() -> list[EditProviderSpec]:
    """Return what ships with audio-omni."""
    return []
