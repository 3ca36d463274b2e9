"""AdamW with its schedule, and its state as plain tensors."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from ..errors import CheckpointError
from .config import TrainConfig
from .sharding import is_spread

MOMENTS = ("exp_avg", "exp_avg_sq")
COUNT = "step"


def build_optimizer(
    parameters: Mapping[str, nn.Parameter], config: TrainConfig
) -> torch.optim.AdamW:
    """Return AdamW; gains and biases (one dimension or none) are not decayed.

    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
    """
    groups = []
    # Spread weights cannot be updated in one go with others.
    for spread in (False, True):
        own = [p for p in parameters.values() if is_spread(p) is spread]
        groups += [
            {"params": [p for p in own if p.ndim > 1], "weight_decay": config.weight_decay},
            {"params": [p for p in own if p.ndim <= 1], "weight_decay": 0.0},
        ]
    used = [group for group in groups if group["params"]]
    return torch.optim.AdamW(used, lr=config.learning_rate, betas=config.betas)


def learning_rate(config: TrainConfig, step: int, progress: float) -> float:
    """Return the learning rate of a step.

    Args:
        config: peak, warm-up and schedule.
        step: the step to take, from 1; the warm-up ends with step ``warmup_steps``.
        progress: share of the run that is done, within 0…1, by steps or by minutes.
    """
    ramp = min(1.0, step / config.warmup_steps) if config.warmup_steps else 1.0
    if config.schedule == "constant":
        return config.learning_rate * ramp
    return config.learning_rate * ramp * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


def set_learning_rate(optimizer: torch.optim.Optimizer, value: float) -> None:
    """Set the learning rate of all groups."""
    for group in optimizer.param_groups:
        group["lr"] = value


def optimizer_tensors(
    optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter]
) -> dict[str, Tensor]:
    """Return the optimiser's state as ``<parameter>/<moment>``."""
    tensors = {}
    for name, parameter in parameters.items():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{name}/{key}"] = torch.as_tensor(value)
    return tensors


def begin_state(
    optimizer: torch.optim.Optimizer,
    parameters: Mapping[str, nn.Parameter],
    names: Iterable[str],
    where: str,
) -> dict[str, Tensor]:
    """Give a fresh optimiser a state to fill with what `optimizer_tensors` returned; return it.

    Args:
        optimizer: one that has taken no step.
        parameters: what it trains, by name.
        names: ``<parameter>/<moment>`` of what was saved.
        where: what was saved there; opens messages.

    Raises:
        CheckpointError: if a parameter is unknown; names it.
    """
    targets: dict[str, Tensor] = {}
    for key in names:
        name, _, moment = key.rpartition("/")
        if name not in parameters:
            raise CheckpointError(f"{where} holds '{key}', which this model does not train.")
        # AdamW counts steps on the CPU and keeps moments beside the parameter.
        own = torch.zeros(()) if moment == COUNT else torch.zeros_like(parameters[name].detach())
        targets[key] = optimizer.state[parameters[name]][moment] = own
    return targets
