"""Forward and backward passes of a step, over one process or over all.

Shapes: B examples of this process.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from ..data.records import EncodedExample
from ..errors import TrainingError
from ..stopwatch import section
from .components import trainable_parameters
from .config import TrainConfig
from .objective import Objective, TrainableModel, step_generators
from .sharding import average_whole, norm_of
from .sharing import Shared, lengths_of, passes_of
from .world import World


class NotFiniteError(TrainingError):
    """A step whose loss or gradient is not finite; nothing was changed by it."""


class Losses(nn.Module):
    """A model with its objective as one module, whose call gives the losses of some examples."""

    def __init__(self, model: TrainableModel, objective: Objective) -> None:
        """Keep both; the weights stay the model's."""
        super().__init__()
        self.model = model
        self.objective = objective

    def forward(
        self, examples: Sequence[EncodedExample], generators: Sequence[torch.Generator]
    ) -> Tensor:
        """Return the losses (B,) float32."""
        return self.objective(self.model, examples, generators)


class Passes:
    """Computes the gradient of the mean loss over a whole batch, wherever its examples are.

    Several processes add up their gradients while the backward pass goes on (PyTorch's
    `DistributedDataParallel`).
    """

    def __init__(
        self,
        model: TrainableModel,
        objective: Objective,
        config: TrainConfig,
        *,
        seed: int,
        world: World,
        is_spread: bool = False,
    ) -> None:
        """Wrap the model if there are several processes; its weights become those of the first.

        Args:
            model: what learns.
            objective: gives its losses.
            config: of the run.
            seed: of all draws.
            world: the processes.
            is_spread: whether the model was spread over them, which exchanges gradients itself.
        """
        self.seed = seed
        self.world = world
        self.accumulate = config.accumulate
        self.frames = config.frames_per_pass
        self.autocast = _autocast(config.precision, model.device)
        self.losses: Any = Losses(model, objective)
        self.is_spread = is_spread
        if world.size > 1 and not is_spread:
            self.losses = DistributedDataParallel(
                self.losses,
                find_unused_parameters=True,  # a batch may leave out what a conditioner reads
                broadcast_buffers=False,
                gradient_as_bucket_view=True,
            )
        self._seen: EncodedExample | None = None

    def run(
        self, encoded: Sequence[EncodedExample], places: Sequence[int], *, total: int, step: int
    ) -> Tensor:
        """Add the gradient of a step to the parameters.

        Args:
            encoded: the examples of this process.
            places: where in the whole batch each stands.
            total: examples of the whole batch, at least 1.
            step: number of the step, from 1.

        Returns:
            The losses (B,) of these examples, on the CPU.

        Raises:
            NotFiniteError: in all processes, if a loss of one of them is not finite; names rows.
        """
        self._remember(encoded)
        share = self.world.size / total  # gradients are averaged over the processes
        shared = self.split(encoded)
        # What is spread is exchanged in every pass, so all processes need as many.
        count = int(self.world.most([len(shared)])[0]) if self.is_spread else len(shared)
        losses = torch.zeros(len(encoded))
        for number in range(max(1, count)):
            is_last = number >= max(1, count) - 1
            own = shared[number] if number < len(shared) else []
            # Also of a loss that is not finite: the others wait for it. The caller clears it.
            with self.world.in_contact(), nullcontext() if is_last else self._apart():
                loss = self._forward(encoded, places, own, step) if own else self._nothing()
                with section("backward"):
                    (loss.sum() * share).backward()
            if own:
                losses[own] = loss.detach().float().cpu()
        with self.world.in_contact():
            self._add_up()
        self._check(losses, encoded, step)
        return losses

    def split(self, encoded: Sequence[EncodedExample]) -> Shared:
        """Return which examples share a forward pass."""
        return passes_of(lengths_of(encoded), accumulate=self.accumulate, frames=self.frames)

    def task_norms(
        self,
        encoded: Sequence[EncodedExample],
        places: Sequence[int],
        parameters: Collection[nn.Parameter],
        *,
        total: int,
        step: int,
    ) -> dict[str, float]:
        """Return the norm of what each task adds to the gradient; gradients are left cleared.

        Takes a forward and a backward pass of its own over all examples, with the same draws.
        """
        self._remember(encoded)
        norms = {}
        own = {example.task for example in encoded}
        for task in sorted({t for tasks in self.world.gathered(sorted(own)) for t in tasks}):
            chosen = [i for i, example in enumerate(encoded) if example.task == task]
            clear(parameters)
            examples, at = [encoded[i] for i in chosen], [places[i] for i in chosen]
            norms[task] = self._norm(examples, at, parameters, total=total, step=step)
        clear(parameters)
        return norms

    def _norm(
        self,
        examples: Sequence[EncodedExample],
        places: Sequence[int],
        parameters: Collection[nn.Parameter],
        *,
        total: int,
        step: int,
    ) -> float:
        """Return the norm of what some examples, of all processes, add to the gradient."""
        chosen = range(len(examples))
        if self.is_spread:
            loss = self._forward(examples, places, chosen, step) if examples else self._nothing()
            (loss.sum() * self.world.size / total).backward()
            self._add_up()
            return norm_of([p.grad for p in parameters if p.grad is not None])
        with self._apart():
            if examples:
                (self._forward(examples, places, chosen, step).sum() / total).backward()
        return self.world.norm_of_sum([p.grad for p in parameters], parameters)

    def _add_up(self) -> None:
        """Average the gradients that no wrapper does."""
        if self.is_spread:
            average_whole(trainable_parameters(self.losses.model).values(), self.world)

    def _forward(
        self,
        encoded: Sequence[EncodedExample],
        places: Sequence[int],
        chosen: Sequence[int],
        step: int,
    ) -> Tensor:
        generators = step_generators(self.seed, step - 1, [places[i] for i in chosen])
        with section("loss"), self.autocast:
            loss: Tensor = self.losses([encoded[i] for i in chosen], generators)
        return loss

    def _remember(self, encoded: Sequence[EncodedExample]) -> None:
        """Keep an example for passes without one of their own."""
        self._seen = encoded[-1] if encoded else self._seen

    def _nothing(self) -> Tensor:
        """Return a loss of zero that all weights take part in: the others wait for a gradient.

        Raises:
            TrainingError: if this process never had an example.
        """
        if self._seen is None:
            raise TrainingError(
                f"Process {self.world.rank} of {self.world.size} got no example to begin with; "
                "expected batches of at least one for each. Raise loader.batch_size."
            )
        with self.autocast:
            loss: Tensor = self.losses([self._seen], [torch.Generator().manual_seed(0)])
        return loss * 0.0

    def _apart(self) -> AbstractContextManager[Any]:
        """Return a context whose backward passes wait with adding up over the processes."""
        wrapped = isinstance(self.losses, DistributedDataParallel)
        return self.losses.no_sync() if wrapped else nullcontext()

    def _check(self, losses: Tensor, encoded: Sequence[EncodedExample], step: int) -> None:
        finite = torch.isfinite(losses).tolist()
        broken = [e for e, ok in zip(encoded, finite, strict=True) if not ok]
        if self.world.most([float(bool(broken))])[0]:
            names = [name for own in self.world.gathered(_names(broken)) for name in own]
            raise not_finite("a loss that is not finite", names, step)


def clear(parameters: Iterable[nn.Parameter]) -> None:
    """Forget the gradients of parameters."""
    for parameter in parameters:
        parameter.grad = None


def not_finite(what: str, rows: Sequence[str], step: int) -> NotFiniteError:
    """Return the error of a step that must not be taken."""
    return NotFiniteError(
        f"Step {step} gave {what}; rows: {', '.join(rows)}. The weights were not changed by it "
        "and the last checkpoint is intact. Lower train.learning_rate or leave out the rows, "
        "then go on with --resume."
    )


def _names(encoded: Sequence[EncodedExample]) -> list[str]:
    return [f"{example.task}:{example.key}" for example in encoded]


def row_names(encoded: Sequence[EncodedExample], world: World) -> list[str]:
    """Return what messages call the rows of a whole batch."""
    return [name for own in world.gathered(_names(encoded)) for name in own]


def _autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
    if precision == "bf16" or (precision == "auto" and has_bf16):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()
