"""A thinker's tensors from one file, under the names of today or of the published model."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...core.errors import ConfigError

RENAMES = (
    ("model.", "model.language_model."),
    ("audio_tower.", "model.audio_tower."),
    ("visual.", "model.visual."),
)
"""From names of transformers 5.3 and before, and of the published file, to those of today."""
LISTED = 5


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


def load_weights(model_class: Any, sizes: Any, path: Path, dtype: torch.dtype) -> nn.Module:
    """Return a thinker whose weights are a file's; it is never built with weights of its own.

    Args:
        model_class: the thinker's class.
        sizes: its config.
        path: a safetensors file.
        dtype: precision of the loaded weights.

    Raises:
        ConfigError: if the file is missing or no safetensors file, or lacks a tensor, or has one
            that is unknown or of another shape; lists the first of them.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not path.is_file():
        raise ConfigError(
            f"Conditioner 'mllm': there is no file {path}; expected a safetensors file with the "
            "language model's tensors. Correct `weights`, or import the model again."
        )
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as failure:
        raise ConfigError(
            f"Conditioner 'mllm': {path} cannot be read ({failure}); expected a safetensors file. "
            "Pickles are refused, since opening one runs code: import or convert it first."
        ) from None
    with torch.device("meta"):
        wanted = {name: tuple(w.shape) for name, w in model_class(sizes).state_dict().items()}
    names = todays_names(list(tensors), wanted)
    tensors = {names[name]: tensors.pop(name) for name in list(tensors)}
    _check(path, {name: tuple(tensor.shape) for name, tensor in tensors.items()}, wanted)
    # Built on the meta device and given the file's tensors, so memory is that of the file.
    model: nn.Module = model_class.from_pretrained(
        None, config=sizes, state_dict=tensors, dtype=dtype
    )
    return model


def _check(
    path: Path, found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]
) -> None:
    both = found.keys() & wanted.keys()
    problems = {
        "missing": sorted(wanted.keys() - found.keys()),
        "unknown": sorted(found.keys() - wanted.keys()),
        "of another shape": [
            f"{name} {found[name]} instead of {wanted[name]}"
            for name in sorted(both)
            if found[name] != wanted[name]
        ],
    }
    said = [
        f"{len(names)} {what}: {', '.join(names[:LISTED])}{', …' if names[LISTED:] else ''}"
        for what, names in problems.items()
        if names
    ]
    if said:
        raise ConfigError(
            f"Conditioner 'mllm': the tensors of {path} are not those of this language model "
            f"({'; '.join(said)}). Use the file and the `model` that belong together."
        )
