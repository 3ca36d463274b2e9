"""Loads a network of transformers by hub name or folder; safetensors only, offline unless told."""

from __future__ import annotations

from typing import Any

import torch

from ...core.models.hub_network import hub_loading
from .config import PretrainedConfig
from .frozen import Pretrained, build_network, freeze

ADVICE = (
    ", set `download: true`, or set `model` to its folder; where the main branch has no "
    "*.safetensors, set `revision` to one that has. `local: {width: 128}` builds a small one that "
    "needs no download."
)


def load_pretrained(
    who: str,
    config: PretrainedConfig,
    network: Any,
    *,
    tokenizer: Any = None,
    extractor: Any = None,
) -> Pretrained:
    """Return the network that ``config.model`` names, with what prepares its inputs.

    While modules are built on the meta device there are shapes only, from the network's config.

    Args:
        who: name of the conditioner, for messages.
        config: says what to load from where.
        network: class of transformers that the network has.
        tokenizer: class with a ``from_pretrained``; `None` loads none.
        extractor: likewise, of a feature extractor or image processor.

    Raises:
        ConfigError: if it is not on this machine (and may not be fetched), or is damaged.
    """
    name = str(config.model)
    with hub_loading(f"Conditioner '{who}'", name, config, advice=ADVICE) as where:
        if torch.empty(0).is_meta:
            sizes = network.config_class.from_pretrained(name, **where)
            return Pretrained(freeze(build_network(network, sizes)))
        parts = [
            None if part is None else part.from_pretrained(name, **where)
            for part in (tokenizer, extractor)
        ]
        dtype = getattr(torch, config.dtype)
        loaded = network.from_pretrained(name, **where, dtype=dtype, use_safetensors=True)
    return Pretrained(freeze(loaded), *parts)
