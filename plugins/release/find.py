"""Where the user's copy of the release and of the language model lie, when nobody says."""

from __future__ import annotations

import os
from pathlib import Path

from ...core.errors import ConfigError
from .assets import PLACES, PROMPTS, Assets, find_assets
from .resolve import PUBLISHED_LLM

ASSETS_VARIABLE = "AUDIO_OMNI_RELEASE_ASSETS"
LLM_VARIABLE = "QWEN_OMNI_MODEL_PATH"
"""The release's own name for it."""


def default_llm() -> str:
    """Return the language model's folder from the environment, or its published name."""
    return os.environ.get(LLM_VARIABLE) or PUBLISHED_LLM


def default_assets(config: Path, named: Path | None = None) -> Assets:
    """Return the user's copy of the release: the one that is named, or one near the config.

    Args:
        config: ``Audio-Omni.json``; its folder and the two above it are searched.
        named: a folder; left out: ``AUDIO_OMNI_RELEASE_ASSETS``, or what is found.

    Raises:
        ConfigError: if there is none; says where was looked and how to name one.
    """
    variable = os.environ.get(ASSETS_VARIABLE)
    if named is not None or variable:
        return find_assets(named or Path(str(variable)))
    places = [config.absolute().parent, *list(config.absolute().parents)[1:3]]
    for place in places:
        if any((place / part / PROMPTS).is_file() for part in PLACES):
            return find_assets(place)
    raise ConfigError(
        "The model was trained on sentences and a vocabulary that come with the release and are "
        f"not ours to ship; found neither in {', '.join(map(str, places))}. Name your copy of the "
        f"release's repository with --assets DIR (assets=DIR in Python), or set {ASSETS_VARIABLE}."
    )
