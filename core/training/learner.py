"""What learns: the trained parameters with their optimiser and average, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from ..data.records import EncodedExample
from ..errors import TrainingError
from .checkpoint import LoadedCheckpoint
from .config import TrainConfig
from .ema import Ema
from .objective import Objective, TrainableModel, step_generators
from .optim import build_optimizer, optimizer_tensors, restore_optimizer, set_learning_rate
from .weights import EMA, load_weights, saved_tensors, set_training, trainable_parameters

OPTIMIZER = "optimizer"


class Learner:
    """A model in training.

    Attributes:
        parameters: what is trained, by name.
        optimizer: AdamW over them.
        ema: their average.
    """

    def __init__(
        self, model: TrainableModel, objective: Objective, config: TrainConfig, seed: int
    ) -> None:
        """Set up the optimiser; all draws of a step are a function of ``seed`` and its number."""
        self.model = model
        self.objective = objective
        self.config = config
        self.seed = seed
        self.parameters = trainable_parameters(model)
        self.optimizer = build_optimizer(self.parameters, config)
        self.ema = Ema(self.parameters, config.ema_decay)
        self.autocast = _autocast(config.precision, model.device)

    def learn(
        self, encoded: Sequence[EncodedExample], step: int, rate: float
    ) -> tuple[Tensor, float]:
        """Take an optimiser step.

        Args:
            encoded: the batch.
            step: number of the step, from 1.
            rate: learning rate.

        Returns:
            The losses (B,) on the CPU, and the norm of the gradient before clipping.

        Raises:
            TrainingError: if a loss or the gradient is not finite; nothing is changed by it.
        """
        set_learning_rate(self.optimizer, rate)
        set_training(self.model)
        self.optimizer.zero_grad(set_to_none=True)
        losses = []
        for places in _split(len(encoded), self.config.accumulate):
            chunk = encoded[places.start : places.stop]
            generators = step_generators(self.seed, step - 1, places)
            with self.autocast:
                loss = self.objective(self.model, chunk, generators)
            _check_losses(loss, chunk, step)
            (loss.sum() / len(encoded)).backward()
            losses.append(loss.detach().float().cpu())
        norm = torch.nn.utils.clip_grad_norm_(
            self.parameters.values(), self.config.max_gradient_norm
        )
        if not bool(torch.isfinite(norm)):
            raise _not_finite(f"gradient norm {float(norm)}", encoded, step)
        self.optimizer.step()
        self.ema.update(step)
        return torch.cat(losses), float(norm)

    def tensors(self) -> dict[str, dict[str, Tensor]]:
        """Return what a checkpoint keeps, by component."""
        components = {
            name: saved_tensors(module) for name, module in self.model.components().items()
        }
        components[EMA] = self.ema.averages
        components[OPTIMIZER] = optimizer_tensors(self.optimizer, self.parameters)
        return components

    def restore(self, checkpoint: LoadedCheckpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: if it is damaged, or of another model.
        """
        load_weights(self.model, checkpoint, use_ema=False)
        self.ema.restore(checkpoint.tensors(EMA), f"'{EMA}' of {checkpoint.path}")
        restore_optimizer(
            self.optimizer,
            self.parameters,
            checkpoint.tensors(OPTIMIZER),
            f"'{OPTIMIZER}' of {checkpoint.path}",
        )


def _check_losses(losses: Tensor, chunk: Sequence[EncodedExample], step: int) -> None:
    broken = [e for e, ok in zip(chunk, torch.isfinite(losses).tolist(), strict=True) if not ok]
    if broken:
        raise _not_finite("a loss that is not finite", broken, step)


def _not_finite(what: str, examples: Sequence[EncodedExample], step: int) -> TrainingError:
    rows = ", ".join(f"{e.task}:{e.key}" for e in examples)
    return TrainingError(
        f"Step {step} gave {what}; rows: {rows}. The weights were not changed by it "
        "and the last checkpoint is intact. Lower train.learning_rate or leave out the rows, "
        "then go on with --resume."
    )


def _autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
    if precision == "bf16" or (precision == "auto" and has_bf16):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def _split(count: int, parts: int) -> list[range]:
    """Return up to ``parts`` runs of neighbouring places, of sizes that differ by at most one."""
    edges = [count * i // parts for i in range(parts + 1)]
    return [range(a, b) for a, b in pairwise(edges) if b > a]
