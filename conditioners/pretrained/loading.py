"""Loads a network of transformers by hub name or folder; safetensors only, offline unless told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ...core.errors import ConfigError
from .config import PretrainedConfig
from .frozen import Pretrained, build_network, freeze


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
    name, where = str(config.model), _where(config)
    _hide_progress_bars()
    try:
        if torch.empty(0).is_meta:
            sizes = network.config_class.from_pretrained(name, **where)
            return Pretrained(freeze(build_network(network, sizes)))
        parts = [
            None if part is None else part.from_pretrained(name, **where)
            for part in (tokenizer, extractor)
        ]
        dtype = getattr(torch, config.dtype)
        loaded = network.from_pretrained(name, **where, dtype=dtype, use_safetensors=True)
    except (OSError, ValueError) as failure:
        raise ConfigError(_not_available(who, name, config, failure)) from failure
    return Pretrained(freeze(loaded), *parts)


def _hide_progress_bars() -> None:
    """Keep transformers from drawing bars on the standard error of whoever uses this library."""
    from transformers.utils import logging

    logging.disable_progress_bar()


def _where(config: PretrainedConfig) -> dict[str, Any]:
    offline = Path(str(config.model)).is_dir() or not config.download
    return {"revision": config.revision, "local_files_only": offline}


def _not_available(who: str, name: str, config: PretrainedConfig, failure: Exception) -> str:
    reason = (str(failure).strip().splitlines() or [type(failure).__name__])[0]
    at = f" --revision {config.revision}" if config.revision else ""
    return (
        f"Conditioner '{who}': the network '{name}' cannot be loaded ({reason}). Expected a "
        "folder with config.json, *.safetensors and the files of what prepares its inputs, or a "
        f"model in the hub cache. Fetch it with `hf download {name}{at}`, set `download: true`, or "
        "set `model` to its folder; where the main branch has no *.safetensors, set `revision` to "
        "one that has. `local: {width: 128}` builds a small one that needs no download."
    )
