"""Opens the language model that a config names: published, local, or without weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ...core.errors import ConfigError
from .config import MllmConfig
from .local import build_local_thinker
from .published import PUBLISHED, published_config
from .thinker import Thinker, freeze
from .weights import load_weights


def open_thinker(config: MllmConfig) -> Thinker:
    """Return the thinker of a config with its processor.

    While modules are built on the meta device, a published thinker has neither weights nor a
    processor, and `PUBLISHED` needs no files at all.

    Raises:
        ConfigError: if it is not on this machine (and may not be fetched), or is damaged.
    """
    if config.local is not None:
        return build_local_thinker(config.local)
    if torch.empty(0).is_meta:
        return Thinker(freeze(model_class()(_config_without_files(config))), None)
    name, where = str(config.model), _where(config)
    _hide_progress_bars()
    try:
        from transformers.models.qwen2_5_omni.processing_qwen2_5_omni import Qwen2_5OmniProcessor

        processor = Qwen2_5OmniProcessor.from_pretrained(name, **where)
        if config.weights is not None:
            sizes, file = config_class().from_pretrained(name, **where), Path(config.weights)
        else:
            model = model_class().from_pretrained(
                name, **where, dtype=getattr(torch, config.dtype), use_safetensors=True
            )
    except (OSError, ValueError) as failure:
        raise ConfigError(_not_available(name, config, failure)) from failure
    if config.weights is not None:
        model = load_weights(model_class(), sizes, file, getattr(torch, config.dtype))
    return Thinker(freeze(model), processor)


def _hide_progress_bars() -> None:
    """Keep transformers from drawing bars on the standard error of whoever uses this library."""
    from transformers.utils import logging

    logging.disable_progress_bar()


def _config_without_files(config: MllmConfig) -> Any:
    if config.model == PUBLISHED:
        return published_config()
    try:
        return config_class().from_pretrained(str(config.model), **_where(config))
    except (OSError, ValueError) as failure:
        raise ConfigError(_not_available(str(config.model), config, failure)) from failure


def _where(config: MllmConfig) -> dict[str, Any]:
    offline = Path(str(config.model)).is_dir() or not config.download
    return {"revision": config.revision, "local_files_only": offline}


def model_class() -> Any:
    """Return the class of thinkers."""
    from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import (
        Qwen2_5OmniThinkerForConditionalGeneration,
    )

    return Qwen2_5OmniThinkerForConditionalGeneration


def config_class() -> Any:
    """Return the class of their configs."""
    from transformers.models.qwen2_5_omni.configuration_qwen2_5_omni import (
        Qwen2_5OmniThinkerConfig,
    )

    return Qwen2_5OmniThinkerConfig


def _not_available(name: str, config: MllmConfig, failure: Exception) -> str:
    reason = (str(failure).strip().splitlines() or [type(failure).__name__])[0]
    at = f" --revision {config.revision}" if config.revision else ""
    return (
        f"Conditioner 'mllm': the language model '{name}' cannot be loaded ({reason}). Expected a "
        "folder with config.json, *.safetensors and the processor's files, or a model in the hub "
        f"cache. Fetch it with `hf download {name}{at}`, set `download: true`, or set `model` to "
        "its folder; `local: {width: 128}` builds a small one that needs no download."
    )
