"""How large a model is, without building it: parameters by component, on the meta device."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from ..catalog import Catalog
from .audio_omni import AudioOmniModel
from .build import build_model
from .config import ModelConfig


def build_empty(config: ModelConfig, catalog: Catalog) -> AudioOmniModel:
    """Return the model with shapes and without memory: nothing of it can be computed.

    Raises:
        UnknownNameError, ConfigError, PluginError: as `build_model`.
    """
    with torch.device("meta"):
        return build_model(config, catalog, draw=False)


def parameter_counts(model: AudioOmniModel) -> dict[str, int]:
    """Return the number of parameters of each component and of each frozen network.

    Components have their names in a checkpoint (``dit``, ``codec``, ``conditioner-…``); frozen
    networks are named ``<conditioner>.<network>``.
    """
    counts = {name: _count(part) for name, part in model.components().items()}
    for name, conditioner in model.conditioners.items():
        frozen: Mapping[str, nn.Module] = conditioner.frozen_networks()  # type: ignore[operator]
        counts |= {f"{name}.{network}": _count(part) for network, part in frozen.items()}
    return counts


def trainable_count(model: AudioOmniModel) -> int:
    """Return the number of parameters that training changes."""
    return sum(
        parameter.numel()
        for part in model.components().values()
        for parameter in part.parameters()
        if parameter.requires_grad
    )


def _count(part: nn.Module) -> int:
    return sum(parameter.numel() for parameter in part.parameters())
