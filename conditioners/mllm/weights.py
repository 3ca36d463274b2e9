"""A thinker's tensors from one file, under the names of today or of the published model."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...core.training.checkpoint_files import check_tensors, read_shapes, read_weights

RENAMES = (
    ("model.", "model.language_model."),
    ("audio_tower.", "model.audio_tower."),
    ("visual.", "model.visual."),
)
"""From names of transformers 5.3 and before, and of the published file, to those of today."""
WHO = "Conditioner 'mllm'"
ADVICE = "Use the file and the `model` that belong together."


def todays_names(names: Collection[str], wanted: Collection[str]) -> dict[str, str]:
    """Return the name in a file → the name in the module, for all names of a file.

    The module decides: names that it has are kept, and a file with any name of the older layout
    (towers beside ``model``, not in it) is renamed as a whole.

    Args:
        names: those of the file, with or without what stands before the thinker's own.
        wanted: those of the module.
    """
    short = {name: name.rpartition("thinker.")[2] for name in names}
    if all(name in wanted for name in short.values()):
        return short
    renamed = {name: _renamed(own) for name, own in short.items()}
    fits = sum(own in wanted for own in renamed.values())
    return renamed if fits > sum(own in wanted for own in short.values()) else short


def _renamed(name: str) -> str:
    for old, new in RENAMES:
        if name.startswith(old):
            return new + name.removeprefix(old)
    return name


def published_name(name: str) -> str:
    """Return the name that the published file has for a tensor of today's module."""
    for old, new in RENAMES:
        if name.startswith(new):
            return old + name.removeprefix(new)
    return name


def check_weights(model_class: Any, sizes: Any, path: Path) -> None:
    """Raise where `load_weights` would, as far as the file's header tells.

    Raises:
        CheckpointError: as `load_weights`.
    """
    _fitting(read_shapes(path, WHO), model_class, sizes, path)


def load_weights(model_class: Any, sizes: Any, path: Path, dtype: torch.dtype) -> nn.Module:
    """Return a thinker whose weights are a file's; it is never built with weights of its own.

    Args:
        model_class: the thinker's class.
        sizes: its config.
        path: a safetensors file.
        dtype: precision of the loaded weights.

    Raises:
        CheckpointError: if the file is missing or no safetensors file, or lacks a tensor, or has
            one that is unexpected or of another shape; lists the first of them.
    """
    tensors = _fitting(read_weights(path, WHO), model_class, sizes, path)
    # Built on the meta device and given the file's tensors, so memory is that of the file.
    model: nn.Module = model_class.from_pretrained(
        None, config=sizes, state_dict=tensors, dtype=dtype
    )
    return model


def _fitting(
    tensors: dict[str, Tensor], model_class: Any, sizes: Any, path: Path
) -> dict[str, Tensor]:
    """Return a file's tensors by the names of today's module.

    Raises:
        CheckpointError: if they are not those of the module.
    """
    with torch.device("meta"):
        wanted = model_class(sizes).state_dict()
    names = todays_names(list(tensors), wanted)
    renamed = {names[name]: tensors.pop(name) for name in list(tensors)}
    check_tensors(renamed, wanted, f"{WHO}: {path}", ADVICE)
    return renamed
