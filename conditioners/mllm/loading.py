"""Opens the language model that a config names: published, local, or without weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ...core.models.hub_network import check_headers, hub_loading
from .config import MllmConfig
from .local import build_local_thinker
from .local_weights import check_trained
from .published import PUBLISHED, published_config
from .thinker import Thinker, freeze
from .weights import check_weights, load_weights

WHO = "Conditioner 'mllm'"
ADVICE = (
    ", set `download: true`, or set `model` to its folder; `local: {width: 128}` builds a small "
    "one that needs no download."
)


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
    name = str(config.model)
    with hub_loading(WHO, name, config, advice=ADVICE) as where:
        processor = processor_class().from_pretrained(name, **where)
        if config.weights is not None:
            sizes, file = config_class().from_pretrained(name, **where), Path(config.weights)
        else:
            model = model_class().from_pretrained(
                name, **where, dtype=getattr(torch, config.dtype), use_safetensors=True
            )
    if config.weights is not None:
        model = load_weights(model_class(), sizes, file, getattr(torch, config.dtype))
    return Thinker(freeze(model), processor)


def check_thinker(config: MllmConfig) -> int:
    """Return how many layers a config's thinker has, if its files are here; no weight is read.

    Raises:
        ConfigError, CheckpointError: as `open_thinker`, as far as headers and descriptions tell.
    """
    if config.local is not None:
        with torch.device("meta"):
            thinker = build_local_thinker(config.local)
        check_trained(thinker, config.local)
        return thinker.layers
    name = str(config.model)
    with hub_loading(WHO, name, config, advice=ADVICE) as where:
        processor_class().from_pretrained(name, **where)
        sizes = config_class().from_pretrained(name, **where)
        if config.weights is None:
            check_headers(name, where)
    if config.weights is not None:
        check_weights(model_class(), sizes, Path(config.weights))
    return int(sizes.text_config.num_hidden_layers)


def _config_without_files(config: MllmConfig) -> Any:
    if config.model == PUBLISHED:
        return published_config()
    name = str(config.model)
    with hub_loading(WHO, name, config, advice=ADVICE) as where:
        return config_class().from_pretrained(name, **where)


def model_class() -> Any:
    """Return the class of thinkers."""
    from transformers.models.qwen2_5_omni.modeling_qwen2_5_omni import (
        Qwen2_5OmniThinkerForConditionalGeneration,
    )

    return Qwen2_5OmniThinkerForConditionalGeneration


def processor_class() -> Any:
    """Return the class of what prepares their inputs."""
    from transformers.models.qwen2_5_omni.processing_qwen2_5_omni import Qwen2_5OmniProcessor

    return Qwen2_5OmniProcessor


def config_class() -> Any:
    """Return the class of their configs."""
    from transformers.models.qwen2_5_omni.configuration_qwen2_5_omni import (
        Qwen2_5OmniThinkerConfig,
    )

    return Qwen2_5OmniThinkerConfig
