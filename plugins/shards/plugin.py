"""Registers the source ``webdataset``."""

from __future__ import annotations

from ...core.data.manifest_options import ManifestOptions
from ...core.hookspecs import hookimpl
from ...core.specs import SourceSpec


@hookimpl
def register_sources() -> list[SourceSpec]:
    """Return the source that reads shards."""
    return [
        SourceSpec(
            name="webdataset",
            summary="Rows of tar shards in the form of WebDataset.",
            factory="audio_omni.plugins.shards.source:ShardSource",
            config=ManifestOptions,
        )
    ]
