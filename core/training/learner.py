"""What learns: the trained parameters with their optimiser and average, one step at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from torch import Tensor

from ..data.records import EncodedExample
from ..stopwatch import section
from .checkpoint import LoadedCheckpoint
from .checkpoint_saving import write_checkpoint
from .components import saved_tensors, set_training, trainable_parameters
from .config import TrainConfig
from .ema import Ema
from .objective import Objective, TrainableModel
from .optim import begin_state, build_optimizer, optimizer_tensors, set_learning_rate
from .passes import Passes, not_finite, row_names
from .sharding import clip, is_to_spread, spread
from .spread_saving import SpreadWriter
from .weights import EMA
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
        self.shards = spread(model, world) if is_to_spread(config, world) else None
        self.parameters = trainable_parameters(model)
        self.optimizer = build_optimizer(self.parameters, config)
        self.ema = Ema(self.parameters, config.ema_decay)
        self._objective, self._seed = objective, seed
        self._passes: Passes | None = None
        self._together = SpreadWriter(world) if self.shards is not None else None

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
        with section("optimiser"):
            norm = clip(self.parameters.values(), self.config.max_gradient_norm)
            if not math.isfinite(norm):
                raise not_finite(f"gradient norm {norm}", row_names(encoded, self.world), step)
            self.optimizer.step()
            self.ema.update(step)
        return losses, norm

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
                self.model,
                self._objective,
                self.config,
                seed=self._seed,
                world=self.world,
                is_spread=self.is_spread,
            )
        return self._passes

    @property
    def is_spread(self) -> bool:
        """Return whether each process has but a part of the weights."""
        return self.shards is not None

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Let the model hold its averaged weights, whole, inside a ``with`` block."""
        whole = nullcontext() if self.shards is None else self.shards.gathered()
        with self.ema.swapped_in(), whole:
            yield

    @property
    def writer(self) -> Callable[..., Path] | None:
        """Return what writes this process's part of a checkpoint; `None` if it has none.

        Its arguments are those of `write_checkpoint`.
        """
        if self._together is not None:
            return self._together.write
        return write_checkpoint if self.world.is_first else None

    def close(self) -> None:
        """End the connections that are this learner's own."""
        if self._together is not None:
            self._together.close()

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
        for name, module in self.model.components().items():
            checkpoint.fill(name, saved_tensors(module))
        checkpoint.fill(EMA, self.ema.averages)
        state = begin_state(
            self.optimizer,
            self.parameters,
            sorted(checkpoint.shapes(OPTIMIZER)),
            f"'{OPTIMIZER}' of {checkpoint.path}",
        )
        checkpoint.fill(OPTIMIZER, state)
