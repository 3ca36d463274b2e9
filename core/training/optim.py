"""AdamW with its schedule, and its state as plain tensors."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ..errors import CheckpointError
from .config import TrainConfig

MOMENTS = ("exp_avg", "exp_avg_sq")
COUNT = "step"


def build_optimizer(
    parameters: Mapping[str, nn.Parameter], config: TrainConfig
) -> torch.optim.AdamW:
    """Return AdamW; gains and biases (one dimension or none) are not decayed.

    Source: Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization".
    """
    decayed = [p for p in parameters.values() if p.ndim > 1]
    plain = [p for p in parameters.values() if p.ndim <= 1]
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay},
        {"params": plain, "weight_decay": 0.0},
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


def restore_optimizer(
    optimizer: torch.optim.Optimizer,
    parameters: Mapping[str, nn.Parameter],
    tensors: Mapping[str, Tensor],
    where: str,
) -> None:
    """Fill a fresh optimiser with what `optimizer_tensors` returned.

    Raises:
        CheckpointError: if a parameter is unknown or of another shape; names it.
    """
    for key, tensor in tensors.items():
        name, _, moment = key.rpartition("/")
        if name not in parameters:
            raise CheckpointError(f"{where} holds '{key}', which this model does not train.")
        parameter = parameters[name]
        if moment in MOMENTS and tensor.shape != parameter.shape:
            raise CheckpointError(
                f"{where} holds '{key}' of shape {tuple(tensor.shape)}; expected "
                f"{tuple(parameter.shape)}. Resume with the recipe beside the checkpoint."
            )
        # AdamW counts steps on the CPU and keeps moments beside the parameter.
        optimizer.state[parameter][moment] = (
            tensor.clone() if moment == COUNT else tensor.to(parameter.device, copy=True)
        )
