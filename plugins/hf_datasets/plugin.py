"""Registers the source ``hf``."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.specs import SourceSpec
from .config import HfOptions


@hookimpl
def register_sources() -> list[SourceSpec]:
    """Return the source that reads data sets of the library ``datasets``."""
    return [
        SourceSpec(
            name="hf",
            summary="Rows of a data set on the hub or on disk, read with the library 'datasets'.",
            factory="audio_omni.plugins.hf_datasets.source:HfSource",
            config=HfOptions,
        )
    ]
