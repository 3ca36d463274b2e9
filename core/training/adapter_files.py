"""Adapters as files that the library PEFT reads, and back into a transformer's weights.

A folder holds ``adapter_model.safetensors`` and ``adapter_config.json``. Layers have the names that
they have in the transformer, behind PEFT's own prefix.

Shapes: D_in and D_out widths of a layer, R rank.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import CheckpointError
from ..models.lora_config import LoraConfig
from .beginning import LORA
from .checkpoint import LoadedCheckpoint, load_checkpoint
from .checkpoint_files import read_weights
from .checkpoint_saving import folder_beside, write_text
from .weights import EMA

WEIGHTS, CONFIG = "adapter_model.safetensors", "adapter_config.json"
PREFIX = "base_model.model."
DOWN, UP = ".lora_A.weight", ".lora_B.weight"


Strengths = Mapping[str, float] | Mapping[Path, float]
"""Folders of adapters → how strongly they are added, 1 as they were trained."""


@dataclass(frozen=True)
class AdapterFile:
    """Adapters that were read from a folder.

    Attributes:
        path: the folder.
        scale: what each product is multiplied by.
        layers: name of a layer → A (R, D_in) and B (D_out, R).
    """

    path: Path
    scale: float
    layers: Mapping[str, tuple[Tensor, Tensor]]


def adapters_of(checkpoint: LoadedCheckpoint) -> AdapterFile:
    """Return the averaged adapters of a run.

    Raises:
        CheckpointError: if it trained none.
    """
    if LORA not in checkpoint.hashes:
        raise CheckpointError(
            f"{checkpoint.path} holds no adapters; expected a run with train.lora.rank set."
        )
    config = LoraConfig.model_validate(checkpoint.recipe["train"]["lora"])
    tensors = dict(checkpoint.tensors(LORA))
    if EMA in checkpoint.hashes:
        averages = checkpoint.tensors(EMA)
        tensors = {name: averages.get(f"{LORA}.{name}", own) for name, own in tensors.items()}
    layers = {
        name.removesuffix(".down").replace("/", "."): (own, tensors[f"{name[:-5]}.up"])
        for name, own in tensors.items()
        if name.endswith(".down")
    }
    return AdapterFile(checkpoint.path, config.scale, layers)


def export_adapters(run: Path, folder: Path) -> Path:
    """Write the averaged adapters of a run as PEFT does; return the folder.

    Raises:
        CheckpointError: if the run has none, or the folder exists or cannot be written.
    """
    checkpoint = load_checkpoint(run)
    found = adapters_of(checkpoint)
    train = checkpoint.recipe["train"]
    config = LoraConfig.model_validate(train["lora"])
    return write_adapters(found, config, folder, base=train.get("start_from"))


def write_adapters(
    found: AdapterFile, config: LoraConfig, folder: Path, *, base: str | None
) -> Path:
    """Write adapters as PEFT does; return the folder.

    Args:
        found: the adapters.
        config: their options.
        folder: what to write.
        base: the model that they were trained on, for people.

    Raises:
        CheckpointError: if the folder exists or cannot be written.
    """
    if folder.exists():
        raise CheckpointError(f"{folder} exists; choose another folder, or remove it.")
    tensors = {}
    for layer, (down, up) in found.layers.items():
        tensors[f"{PREFIX}{layer}{DOWN}"] = down.contiguous()
        tensors[f"{PREFIX}{layer}{UP}"] = up.contiguous()
    described = {
        "peft_type": "LORA",
        "base_model_name_or_path": base,
        "r": config.rank,
        "lora_alpha": config.alpha or config.rank,
        "target_modules": config.targets,
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "task_type": None,
    }
    with folder_beside(folder, stale="*", advice="Free some space, then try again.") as partial:
        save_file(tensors, partial / WEIGHTS)
        write_text(partial / CONFIG, json.dumps(described, indent=2) + "\n")
    return folder


def read_adapters(path: Path) -> AdapterFile:
    """Return the adapters of a folder that PEFT or `export_adapters` wrote, or of a run.

    Raises:
        CheckpointError: if there are none, they are of another kind than LoRA of linear layers, or
            a file is damaged.
    """
    if not (path / CONFIG).is_file():
        return adapters_of(load_checkpoint(path))
    try:
        config: dict[str, Any] = json.loads((path / CONFIG).read_text(encoding="utf-8"))
        kind, rank = config.get("peft_type"), int(config["r"])
        scale = float(config.get("lora_alpha", rank)) / (
            rank**0.5 if config.get("use_rslora") else rank
        )
    except (OSError, ValueError, KeyError, TypeError) as failure:
        raise CheckpointError(f"{path / CONFIG} cannot be read ({failure}).") from None
    if kind != "LORA" or config.get("use_dora") or config.get("fan_in_fan_out"):
        raise CheckpointError(
            f"{path} holds adapters of kind {kind}, or a variant of them (use_dora, "
            "fan_in_fan_out); expected plain LoRA of linear layers."
        )
    tensors = read_weights(path / WEIGHTS, f"Adapters {path}")
    layers = {}
    for name, down in tensors.items():
        if not name.endswith(DOWN):
            continue
        up = tensors.get(name.removesuffix(DOWN) + UP)
        if up is None:
            raise CheckpointError(f"{path / WEIGHTS} has {name} and no {UP[1:]} beside it.")
        layers[name.removeprefix(PREFIX).removesuffix(DOWN)] = (down, up)
    if not layers:
        raise CheckpointError(f"{path / WEIGHTS} holds no adapter; expected names like …{DOWN}.")
    return AdapterFile(path, scale, layers)


@torch.no_grad()
def put_into(transformer: nn.Module, adapters: AdapterFile, strength: float = 1.0) -> None:
    """Add adapters to the weights of a transformer; several add up, in any order.

    Args:
        transformer: with the layers that the adapters name.
        adapters: what to add.
        strength: 0 adds nothing, 1 what was trained.

    Raises:
        CheckpointError: if a layer is missing or of another size; nothing is changed then.
    """
    layers = dict(transformer.named_modules())
    for name, (down, up) in adapters.layers.items():
        weight = getattr(layers.get(name), "weight", None)
        shape = None if weight is None else tuple(weight.shape)
        if shape != (up.shape[0], down.shape[1]):
            raise CheckpointError(
                f"Adapters {adapters.path} are for a layer '{name}' of "
                f"{(up.shape[0], down.shape[1])}; this model has {shape or 'none of that name'}. "
                "Use the model that they were trained on."
            )
    for name, (down, up) in adapters.layers.items():
        weight = layers[name].weight
        added = strength * adapters.scale * (up.float() @ down.float())
        weight.copy_((weight.float() + added.to(weight.device)).to(weight.dtype))
