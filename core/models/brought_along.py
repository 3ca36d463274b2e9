"""Trained weights that a model's options name, and that it brings along when it is saved.

A model may be trained around a frozen network that another run trained. Its checkpoints hold that
network too, so that they can be moved, and the other run deleted. Which options these are, their
fields say: ``json_schema_extra={"brought_along": NETWORK}``, the network's name in
`Conditioner.frozen_networks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel
from torch import Tensor

from ..conditioning import Conditioner
from .assets import asset

MARK = "brought_along"
SUFFIX = ".safetensors"


@dataclass(frozen=True)
class BroughtAlong:
    """A frozen network whose weights an option names.

    Attributes:
        conditioner: name of the conditioner's weights in the model.
        option: path of the option in the conditioner's options.
        network: name of the network.
        tensors: its weights.
    """

    conditioner: str
    option: tuple[str, ...]
    network: str
    tensors: Mapping[str, Tensor]

    @property
    def component(self) -> str:
        """Return the name of its file in a checkpoint, without the suffix."""
        return f"{self.conditioner}-{self.network}"

    @property
    def key(self) -> str:
        """Return the dotted name of the option in a recipe."""
        return ".".join(("model", "conditioners", self.conditioner, "options", *self.option))

    @property
    def reference(self) -> str:
        """Return what the option is set to in a checkpoint's recipe: its own file."""
        return asset(f"{self.component}{SUFFIX}")


def brought_along(conditioners: Mapping[str, Any]) -> list[BroughtAlong]:
    """Return the frozen networks of built conditioners whose weights an option names."""
    found = []
    for name, conditioner in conditioners.items():
        built = cast("Conditioner[Any]", conditioner)
        for option, network in _marked(built.config):
            tensors = built.frozen_networks()[network].state_dict()
            found.append(BroughtAlong(name, option, network, tensors))
    return found


def _marked(options: BaseModel) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield path and network of each option that names weights to bring along, and is set."""
    for name, info in type(options).model_fields.items():
        value, extra = getattr(options, name), info.json_schema_extra
        if isinstance(value, BaseModel):
            yield from (((name, *path), network) for path, network in _marked(value))
        elif value is not None and isinstance(extra, dict) and MARK in extra:
            yield (name,), str(extra[MARK])
