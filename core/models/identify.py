"""Telling which codec a model has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..catalog import Catalog
from ..codec import Codec
from ..codec_identity import CodecIdentity
from ..data.content import content_digest
from .build import codec_options
from .config import CodecUse
from .weight_options import FILES


def identify_codec(codec: Codec, use: CodecUse, catalog: Catalog) -> CodecIdentity:
    """Return what decides a codec's latents; its weights count by their values.

    Args:
        codec: with its weights, whether from a file, a checkpoint or a seed.
        use: by which it was built.
        catalog: where its options are looked up, so that defaults count as what they are.

    Raises:
        UnknownNameError, ConfigError: as `codec_options`.
    """
    options = codec_options(use, catalog)
    state = codec.state_dict()
    return CodecIdentity(
        name=catalog.codecs.get(use.name).name,
        options=_without_files(options.model_dump(mode="json")),
        weights=content_digest(state) if state else None,
        sample_rate_hz=codec.sample_rate_hz,
        channels=codec.channels,
        hop=codec.hop,
        latent_dim=codec.latent_dim,
    )


def _without_files(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested options without those that name files, set or not."""
    return {
        name: _without_files(value) if isinstance(value, dict) else value
        for name, value in values.items()
        if name not in FILES or not isinstance(value, str | None)
    }
