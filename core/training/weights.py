"""What of a model is trained, what of it is saved, and how it comes back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Protocol

from torch import Tensor, nn

from ..conditioning import Conditioner
from ..errors import CheckpointError
from .checkpoint import LoadedCheckpoint, load_checkpoint
from .checkpoint_files import check_tensors, read_shapes, read_weights

EMA = "ema"
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


def load_weights(
    model: HasComponents, checkpoint: LoadedCheckpoint, *, use_ema: bool = True
) -> None:
    """Copy a checkpoint's weights into a model that was built from its recipe.

    Args:
        model: the model to fill.
        checkpoint: where the weights come from.
        use_ema: take the averaged weights, which generate better, where they were saved.

    Raises:
        CheckpointError: if a component is missing, damaged, or of another shape; lists names.
    """
    for component, module in model.components().items():
        found = checkpoint.tensors(component)
        check_tensors(found, saved_tensors(module), f"'{component}' of {checkpoint.path}")
        # Tensors of a module without weights (see `build_model`) become its own: no second copy.
        module.load_state_dict(found, strict=False, assign=_is_empty(module))
    if use_ema and EMA in checkpoint.hashes:
        averages, known = checkpoint.tensors(EMA), trainable_parameters(model)
        # A run that held parts of its model still averaged only the others.
        trained = {name: known[name] for name in averages if name in known}
        copy_parameters(averages, trained, f"'{EMA}' of {checkpoint.path}")


def load_component(path: Path, component: str, who: str) -> dict[str, Tensor]:
    """Return the averaged weights of one component of a trained model, on the CPU.

    Args:
        path: folder of a run (its latest checkpoint is taken) or of a checkpoint, or a
            safetensors file that holds the component alone.
        component: its name in a checkpoint.
        who: what the weights are for; opens messages.

    Raises:
        CheckpointError: if there is nothing there, it is damaged, or it holds no such component.
    """
    _expect_something(path, component, who)
    if path.is_file():
        return read_weights(path, who)
    return averaged_tensors(load_checkpoint(path))(component)


def component_shapes(path: Path, component: str, who: str) -> dict[str, Tensor]:
    """Return what `load_component` does, on the meta device: only headers are read.

    Raises:
        CheckpointError: as `load_component`.
    """
    _expect_something(path, component, who)
    return read_shapes(path, who) if path.is_file() else load_checkpoint(path).shapes(component)


def _expect_something(path: Path, component: str, who: str) -> None:
    if not path.exists():
        raise CheckpointError(
            f"{who}: there is nothing at {path}; expected the folder of a run or checkpoint that "
            f"trained a '{component}', or a safetensors file."
        )


def averaged_tensors(checkpoint: LoadedCheckpoint) -> Callable[[str], dict[str, Tensor]]:
    """Return what reads a component of a checkpoint, averaged where averages were saved."""
    averages = checkpoint.tensors(EMA) if EMA in checkpoint.hashes else {}

    def read(component: str) -> dict[str, Tensor]:
        tensors = checkpoint.tensors(component)
        return {name: averages.get(f"{component}.{name}", own) for name, own in tensors.items()}

    return read


def copy_parameters(
    found: Mapping[str, Tensor], parameters: Mapping[str, nn.Parameter], where: str
) -> None:
    """Copy tensors into parameters of the same names.

    Raises:
        CheckpointError: if names or shapes differ; lists them.
    """
    check_tensors(found, parameters, where)
    for name, parameter in parameters.items():
        parameter.data.copy_(found[name])


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


def _is_empty(module: nn.Module) -> bool:
    return any(parameter.is_meta for parameter in module.parameters())


def _is_frozen(part: nn.Module) -> bool:
    parameters = list(part.parameters())
    return bool(parameters) and not any(p.requires_grad for p in parameters)
