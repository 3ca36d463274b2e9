"""How the weights of a model come back from a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import Tensor, nn

from ..errors import CheckpointError
from .checkpoint import LoadedCheckpoint, load_checkpoint
from .checkpoint_files import check_tensors, read_shapes, read_weights
from .components import HasComponents, saved_tensors, trainable_parameters

EMA = "ema"


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


def _is_empty(module: nn.Module) -> bool:
    return any(parameter.is_meta for parameter in module.parameters())
