"""What learns: the trained parameters with their optimiser and average, one step at a time."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ..data.records import EncodedExample
from .checkpoint import LoadedCheckpoint
from .config import TrainConfig
from .ema import Ema
from .objective import Objective, TrainableModel
from .optim import build_optimizer, optimizer_tensors, restore_optimizer, set_learning_rate
from .passes import Passes, not_finite, row_names
from .weights import EMA, load_weights, saved_tensors, set_training, trainable_parameters
from .world import ALONE, World

OPTIMIZER = "optimizer"


class Learner:
    """A model in training.

    Attributes:
        parameters: what is trained, by name.
        optimizer: AdamW over them.
        ema: their average.
        world: the processes that learn together, each with the same weights.
    """

    def __init__(
        self,
        model: TrainableModel,
        objective: Objective,
        config: TrainConfig,
        *,
        seed: int,
        world: World = ALONE,
    ) -> None:
        """Set up the optimiser; all draws of a step are a function of ``seed`` and its number."""
        self.model = model
        self.config = config
        self.world = world
        self.parameters = trainable_parameters(model)
        self.optimizer = build_optimizer(self.parameters, config)
        self.ema = Ema(self.parameters, config.ema_decay)
        self._objective, self._seed = objective, seed
        self._passes: Passes | None = None

    def learn(
        self,
        encoded: Sequence[EncodedExample],
        places: Sequence[int],
        *,
        total: int,
        step: int,
        rate: float,
    ) -> tuple[Tensor, float]:
        """Take an optimiser step on a batch, of which this process may have but a part.

        Args:
            encoded: the examples of this process.
            places: where in the whole batch each stands.
            total: examples of the whole batch, at least 1.
            step: number of the step, from 1.
            rate: learning rate.

        Returns:
            The losses (B,) of these examples on the CPU, and the norm of the whole batch's
            gradient before clipping.

        Raises:
            NotFiniteError: if a loss or the gradient is not finite; nothing is changed by it.
        """
        set_learning_rate(self.optimizer, rate)
        set_training(self.model)
        self.optimizer.zero_grad(set_to_none=True)
        losses = self.passes.run(encoded, places, total=total, step=step)
        norm = torch.nn.utils.clip_grad_norm_(
            self.parameters.values(), self.config.max_gradient_norm
        )
        if not bool(torch.isfinite(norm)):
            rows = row_names(encoded, self.world)
            raise not_finite(f"gradient norm {float(norm)}", rows, step)
        self.optimizer.step()
        self.ema.update(step)
        return losses, float(norm)

    def task_norms(
        self, encoded: Sequence[EncodedExample], places: Sequence[int], *, total: int, step: int
    ) -> dict[str, float]:
        """Return the norm of what each task adds to a step's gradient; arguments as in `learn`.

        Called before the step, for it clears gradients.
        """
        set_training(self.model)
        parameters = list(self.parameters.values())
        return self.passes.task_norms(encoded, places, parameters, total=total, step=step)

    @property
    def passes(self) -> Passes:
        """Return what computes gradients; built when the weights to begin with are in place."""
        if self._passes is None:
            self._passes = Passes(
                self.model, self._objective, self.config, seed=self._seed, world=self.world
            )
        return self._passes

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
