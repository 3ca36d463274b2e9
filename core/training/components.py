"""The parts of a model that have names: what of them is trained, and what is saved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from torch import Tensor, nn

from ..conditioning import Conditioner

HELD = "held"
"""Attribute of a component with the names of parameters that only this run does not train."""


class HasComponents(Protocol):
    """A model whose trained parts have names."""

    def components(self) -> Mapping[str, nn.Module]:
        """Return component name to module."""
        ...


def trainable_parameters(model: HasComponents) -> dict[str, nn.Parameter]:
    """Return the parameters that are trained, as ``<component>.<name>``."""
    return {
        f"{component}.{name}": parameter
        for component, module in model.components().items()
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
    }


def saved_tensors(module: nn.Module) -> dict[str, Tensor]:
    """Return the tensors of a component that a checkpoint keeps.

    A conditioner's frozen networks stay out: their weights are published elsewhere, often
    gigabytes of them, and come from there when the model is built.
    """
    tensors: dict[str, Tensor] = module.state_dict()
    if not isinstance(module, Conditioner):
        return tensors
    frozen = {name for name, p in module.named_parameters() if not p.requires_grad}
    frozen -= set(held_names(module))
    frozen_parts = tuple(
        f"{name}." for name, part in module.named_modules() if _all_of(part, name, frozen)
    )
    return {
        name: tensor
        for name, tensor in tensors.items()
        if name not in frozen and not (frozen_parts and name.startswith(frozen_parts))
    }


def held_names(component: nn.Module) -> Collection[str]:
    """Return the names of parameters that a run does not train, though the model could.

    What was frozen from the start is published elsewhere; these a checkpoint keeps.
    """
    held: Collection[str] = getattr(component, HELD, frozenset())
    return held


def set_training(model: HasComponents) -> None:
    """Put trained parts into training mode and frozen networks inside them into evaluation."""
    for component in model.components().values():
        component.train()
        for part in component.modules():
            if _is_frozen(part):
                part.eval()


def _all_of(part: nn.Module, name: str, frozen: Collection[str]) -> bool:
    """Tell whether a part of a module, called ``name`` there, has but frozen parameters."""
    own = [f"{name}.{inner}" if name else inner for inner, _ in part.named_parameters()]
    return bool(own) and all(parameter in frozen for parameter in own)


def _is_frozen(part: nn.Module) -> bool:
    parameters = list(part.parameters())
    return bool(parameters) and not any(p.requires_grad for p in parameters)
