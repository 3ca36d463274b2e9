"""The parameters of a recipe's model, counted on the meta device, and what a run trains of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..catalog import Catalog
from ..errors import ConfigError
from ..models.audio_omni import AudioOmniModel
from ..models.config import ModelConfig
from ..models.lora import AdaptedLinear
from ..models.sizes import build_empty
from ..recipe import Recipe
from ..training.beginning import adapt, hold_still, trained_parts
from ..training.components import saved_tensors, trainable_parameters
from ..training.optim import MOMENTS
from ..training.output import learned_output

FLOAT32 = 4


@dataclass(frozen=True)
class Part:
    """A component of a model, or a frozen network in one.

    Attributes:
        name: as in a checkpoint; a frozen network is ``<conditioner>.<network>``.
        trainable: parameters that the run changes.
        frozen: other parameters.
        bytes: of all, as they lie in memory.
        is_encoder: whether only encoding needs it, so that cached features spare it.
    """

    name: str
    trainable: int
    frozen: int
    bytes: int
    is_encoder: bool


def planned_model(recipe: Recipe, catalog: Catalog) -> AudioOmniModel:
    """Return the model of a recipe without memory, its trained parts marked as a run marks them.

    Raises:
        ConfigError: if the recipe trains a language model alone, or names parts that are not there.
        UnknownNameError, PluginError: as `build_model`.
    """
    if learned_output(recipe, catalog) == "text":
        raise ConfigError(
            f"Recipe '{recipe.name}' trains a language model alone; a plan counts models that make "
            "audio. Start it and look at its speed: these models are small."
        )
    model = build_empty(_without_files(recipe), catalog)
    if recipe.train.lora is not None:
        adapt(model, recipe.train.lora, recipe.seed)
    hold_still(model, trained_parts(recipe.train))
    return model


def parts_of(model: AudioOmniModel) -> tuple[Part, ...]:
    """Return the parts of a model in the order of its checkpoint's files."""
    found = [_part(name, module, name == "codec") for name, module in model.components().items()]
    for name, conditioner in model.named_conditioners():
        for network, module in conditioner.frozen_networks().items():
            size = _size_of_frozen(conditioner.config)
            found.append(_part(f"{name}.{network}", module, True, size))
    return tuple(found)


def checkpoint_bytes(model: AudioOmniModel) -> int:
    """Return the bytes of the tensors in a checkpoint: weights, average, optimiser."""
    weights = sum(
        tensor.nbytes
        for part in model.components().values()
        for tensor in saved_tensors(part).values()
    )
    trained = trainable_parameters(model)
    average = FLOAT32 * sum(parameter.numel() for parameter in trained.values())
    counts = FLOAT32 * len(trained)  # AdamW numbers the steps of each parameter
    return weights + (1 + len(MOMENTS)) * average + counts


def matrix_parameters(model: AudioOmniModel) -> int:
    """Return the weights of the transformer's linear layers, of which autocast keeps a copy."""
    linear = (nn.Linear, AdaptedLinear)
    return sum(m.weight.numel() for m in model.dit.modules() if isinstance(m, linear))


def _part(name: str, module: nn.Module, is_encoder: bool, size: int = FLOAT32) -> Part:
    numbers = [(p.numel(), p.requires_grad and not is_encoder) for p in module.parameters()]
    trainable = sum(count for count, trained in numbers if trained)
    frozen = sum(count for count, trained in numbers if not trained)
    return Part(name, trainable, frozen, trainable * FLOAT32 + frozen * size, is_encoder)


def _size_of_frozen(options: Any) -> int:
    """Return the bytes of a number: a published network has the `dtype` of its options."""
    named = getattr(options, "dtype", None) if getattr(options, "model", None) else None
    return FLOAT32 if named is None else getattr(torch, named).itemsize


def _without_files(recipe: Recipe) -> ModelConfig:
    """Return the model's config without what would be read from files: only sizes are wanted."""
    values = recipe.model.model_dump(mode="json")
    for part in (values["codec"], *values["conditioners"].values()):
        named = {"weights"} | {k for k, v in part["options"].items() if "${" in str(v)}
        part["options"] = {k: v for k, v in part["options"].items() if k not in named}
    return type(recipe.model).model_validate(values)
