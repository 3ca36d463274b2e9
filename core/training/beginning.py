"""Where a training begins: from the weights of another run, and with which parts held still."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from ..errors import CheckpointError, ConfigError, suggestion
from ..models.answering import AnsweringModel
from ..models.audio_omni import AudioOmniModel
from ..models.lora_config import LoraConfig
from ..recipe import Recipe
from .checkpoint import load_checkpoint
from .checkpoint_files import check_tensors
from .components import HELD, HasComponents, saved_tensors, trainable_parameters
from .config import TrainConfig
from .weights import EMA, copy_parameters

LORA = "lora"
"""Component with the adapters."""

logger = logging.getLogger("audio_omni.training")


def begin(
    model: AudioOmniModel | AnsweringModel, recipe: Recipe, *, is_fresh: bool
) -> frozenset[str]:
    """Make a model ready to be trained as a recipe says.

    Args:
        model: as it was drawn.
        recipe: of the run.
        is_fresh: whether the run begins here; one that goes on gets its weights from a checkpoint.

    Returns:
        The components that ``train.start_from`` filled.

    Raises:
        CheckpointError, ConfigError: if weights to begin with, or parts to train, do not fit.
    """
    train, filled = recipe.train, frozenset[str]()
    if train.start_from is not None and is_fresh:
        filled = begin_from(model, Path(train.start_from).expanduser())
    if train.lora is not None:
        adapt(model, train.lora, recipe.seed)
    hold_still(model, trained_parts(train))
    if train.activation_checkpointing:
        recompute_blocks(model)
    return filled


def begin_from(model: HasComponents, path: Path) -> frozenset[str]:
    """Fill a model with the averaged weights of another run, component by component.

    Args:
        model: as it was drawn.
        path: folder of a run, a checkpoint or an imported model.

    Returns:
        The components that were filled. Others, such as the conditioner of a new task, stay as
        they were drawn, which is logged.

    Raises:
        CheckpointError: if there is no sound checkpoint, it shares no component with the model, or
            one that they share has other tensors; lists names.
    """
    checkpoint = load_checkpoint(path)
    if LORA in checkpoint.hashes:
        raise CheckpointError(
            f"train.start_from: {checkpoint.path} holds adapters beside its weights. Merge them "
            "first: audio-omni lora merge."
        )
    components = model.components()
    shared = [name for name in components if name in checkpoint.hashes]
    if not shared:
        raise CheckpointError(
            f"train.start_from: {checkpoint.path} holds {', '.join(sorted(checkpoint.hashes))}, "
            f"and this model consists of {', '.join(components)}; expected one in common. Name a "
            "run of such a model."
        )
    averages = checkpoint.tensors(EMA) if EMA in checkpoint.hashes else {}
    for name in shared:
        found, who = checkpoint.tensors(name), f"train.start_from: '{name}' of {checkpoint.path}"
        check_tensors(
            found,
            saved_tensors(components[name]),
            who,
            "Give the sizes under `model` that it was trained with.",
        )
        components[name].load_state_dict(found, strict=False)
        prefix = f"{name}."
        own = {key: value for key, value in averages.items() if key.startswith(prefix)}
        known = trainable_parameters(model)
        copy_parameters(own, {key: known[key] for key in own if key in known}, who)
    new = [name for name in components if name not in shared]
    logger.info(
        "Begins with %s of %s%s.",
        ", ".join(shared),
        checkpoint.path,
        f"; newly drawn: {', '.join(new)}" if new else "",
    )
    return frozenset(shared)


def adapt(model: AudioOmniModel | AnsweringModel, config: LoraConfig, seed: int) -> None:
    """Give a model's transformer adapters to train.

    Raises:
        ConfigError: if it has no transformer, or a target names no layer of it.
    """
    if isinstance(model, AnsweringModel):
        raise ConfigError(
            "train.lora is for the transformer, and this recipe trains the language model alone. "
            "Leave it out."
        )
    model.adapt(config, seed)


def recompute_blocks(model: AudioOmniModel | AnsweringModel) -> None:
    """Let a model's transformer compute its blocks again for the backward pass.

    Raises:
        ConfigError: if it has no transformer.
    """
    if isinstance(model, AnsweringModel):
        raise ConfigError(
            "train.activation_checkpointing is for the transformer, and this recipe trains the "
            "language model alone. Leave it out."
        )
    model.dit.transformer.recomputes = True


def trained_parts(config: TrainConfig) -> list[str]:
    """Return the components that a run trains; none: all of them."""
    return config.parts if config.lora is None else [LORA, *config.parts]


def hold_still(model: HasComponents, parts: Sequence[str]) -> None:
    """Let only some components of a model be trained; checkpoints keep all of them.

    Args:
        model: the model.
        parts: components to train; all, if there are none.

    Raises:
        ConfigError: for a component that the model does not have, or one without anything to
            train; lists them.
    """
    if not parts:
        return
    components = model.components()
    trained = {name.partition(".")[0] for name in trainable_parameters(model)}
    for part in parts:
        if part not in trained:
            raise ConfigError(
                f"train.parts names '{part}', which this model does not train."
                f"{suggestion(part, trained)} It trains {', '.join(sorted(trained))}."
            )
    for name, component in components.items():
        if name not in parts:
            _hold(component)


def _hold(component: nn.Module) -> None:
    held = {name for name, p in component.named_parameters() if p.requires_grad}
    component.requires_grad_(False)
    # A checkpoint leaves out what was frozen from the start: it is published elsewhere.
    setattr(component, HELD, frozenset(held))
