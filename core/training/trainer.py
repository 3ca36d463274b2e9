"""The one training loop: model, objective, batches and observers are handed in."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..data.records import EncodedExample, PreparedExample
from ..errors import AudioOmniError, CheckpointError, TrainingError
from ..events import CheckpointSaved, RunEnd, RunStart, SamplesReady, SourceUse, StepEnd
from ..models.brought_along import BroughtAlong
from ..recipe import Recipe, dump_recipe
from .checkpoint import LoadedCheckpoint, latest_checkpoint, save_checkpoint
from .learner import Learner
from .luggage import brings_along, origins
from .objective import FlowMatching, Objective, TrainableModel
from .optim import learning_rate
from .outcome import TrainOutcome
from .pace import Pace
from .signals import StopRequest

Batch = tuple[int, Sequence[PreparedExample], Mapping[str, Any]]
"""Number of the batch, its examples, and the mixture's state once they are consumed."""

Encode = Callable[[Sequence[PreparedExample]], Sequence[EncodedExample]]
Shares = Callable[[Mapping[str, Any]], Mapping[str, float]]


def _no_shares(_state: Mapping[str, Any]) -> Mapping[str, float]:
    return {}


class Trainer:
    """Trains a model on batches, saves checkpoints, and tells observers what happens.

    Draws of noise, time and dropped context are a function of the seed and the step, and the
    batches of the mixture's state: a run that was stopped and resumed ends with the same weights
    as one that was not (bit-equal on a CPU).

    Attributes:
        step: optimiser steps taken.
        parameters: what is trained, by name.
        ema: their average.
    """

    def __init__(
        self,
        recipe: Recipe,
        model: TrainableModel,
        batches: Iterable[Batch],
        encode: Encode,
        *,
        notify: Callable[[Any], None],
        run_dir: Path,
        evaluate: Callable[[int], SamplesReady] | None = None,
        objective: Objective | None = None,
        realised_shares: Shares = _no_shares,
        plugins: Mapping[str, str] | None = None,
        luggage: Sequence[BroughtAlong] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a run; nothing is read or written before `run`.

        Args:
            recipe: the resolved recipe.
            model: on its device.
            batches: from `core.data.loader`. For a resume it starts at the checkpoint's
                ``next_batch`` with the checkpoint's ``mixture``.
            encode: runs what is frozen, without gradients (`AudioOmniModel.encode`, or a cache).
            notify: receives every event record.
            run_dir: folder of the run.
            evaluate: makes samples of held-out rows; called with the step, while the model holds
                its averaged weights.
            objective: left out: rectified flow.
            realised_shares: maps the mixture's state to the share of each entry.
            plugins: names and versions, saved in checkpoints.
            luggage: frozen networks that checkpoints bring along, see `models.brought_along`.
            clock: seconds that only grow.
        """
        self.recipe = recipe
        self.model = model
        self.batches = batches
        self.encode = encode
        self.notify = notify
        self.run_dir = run_dir
        self.evaluate = evaluate
        self.objective = objective or FlowMatching(recipe.train.context_dropout)
        self.realised_shares = realised_shares
        self.plugins = dict(plugins or {})
        self.luggage = luggage
        self.clock = clock
        self.step = 0
        self.learner = Learner(model, self.objective, recipe.train, recipe.seed)
        self.parameters = self.learner.parameters
        self.ema = self.learner.ema
        self._losses = LossWindow()
        self._mixture: Mapping[str, Any] = {}
        self._next_batch = 0
        self._loss: float | None = None
        self._saved: Path | None = None
        self._saved_step = 0

    def run(
        self,
        resume: LoadedCheckpoint | None = None,
        *,
        sources: Sequence[SourceUse] = (),
        tags: Mapping[str, str] | None = None,
    ) -> TrainOutcome:
        """Train until the recipe's steps or minutes are done, or a signal asks to stop.

        Raises:
            TrainingError: if a loss or gradient is not finite, or the batches end early.
            CheckpointError: if a checkpoint cannot be read or written.
        """
        elapsed_s = self._restore(resume) if resume is not None else 0.0
        self.pace = Pace(self.recipe.train, self.clock, elapsed_s)
        status, error = "failed", None
        try:
            self._announce(resume, sources, tags or {})
            with StopRequest() as stop, self._nothing_lost():
                self._loop(stop)
            status = "stopped" if stop.requested else "finished"
        except BaseException as failure:
            error = str(failure) or type(failure).__name__
            raise
        finally:
            self.notify(RunEnd(status, self.step, error))
        checkpoint = self._saved or latest_checkpoint(self.run_dir)
        seconds = self.pace.elapsed_s
        return TrainOutcome(self.run_dir, status, self.step, self._loss, checkpoint, seconds)

    def _announce(
        self,
        resume: LoadedCheckpoint | None,
        sources: Sequence[SourceUse],
        tags: Mapping[str, str],
    ) -> None:
        recipe = self.recipe.model_dump(mode="json")
        resumed = None if resume is None else resume.step
        self.notify(RunStart(self.run_dir, recipe, sources, resumed, tags))

    def _loop(self, stop: StopRequest) -> None:
        train = self.recipe.train
        batches = iter(self.batches)
        is_over = self.step >= train.steps or self.pace.is_out_of_time()
        while not (is_over or stop.requested):
            event = self._take_step(batches)
            is_over = self.step == train.steps or self.pace.is_out_of_time()
            if is_over or self.step == 1 or self.step % train.log_every == 0:
                self.notify(replace(event, **self._losses.take()))
            if is_over or self.step % train.checkpoint_every == 0:
                self._save()
            if self._is_evaluation_due(is_over) and not stop.requested:
                self._evaluate()
        if stop.requested and self._saved_step != self.step:
            self._save()

    @contextmanager
    def _nothing_lost(self) -> Iterator[None]:
        """Save the steps since the last checkpoint before a broken row or metric ends the run.

        What could not be written is not tried again, and a loss that is not finite is left to the
        last checkpoint: the steps before it may have caused it.
        """
        try:
            yield
        except (CheckpointError, TrainingError):
            raise
        except AudioOmniError:
            if self.step > self._saved_step:
                with suppress(CheckpointError):
                    self._save()
            raise

    def _take_step(self, batches: Any) -> StepEnd:
        began = self.clock()
        try:
            number, examples, mixture = next(batches)
        except StopIteration:
            raise TrainingError(
                f"The batches ended after step {self.step} of {self.recipe.train.steps}; expected "
                "one per step. Check the sources' max_epochs."
            ) from None
        rate = learning_rate(self.recipe.train, self.step + 1, self.pace.progress(self.step))
        with torch.no_grad():
            encoded = self.encode(examples)
        losses, norm = self.learner.learn(encoded, self.step + 1, rate)
        self.step += 1
        self._losses.add(encoded, losses)
        self._mixture, self._next_batch, self._loss = mixture, number + 1, float(losses.mean())
        self.pace.end_step(len(encoded), began)
        return StepEnd(
            step=self.step,
            loss=self._loss,
            task_loss={},
            learning_rate=rate,
            gradient_norm=norm,
            examples_per_s=self.pace.examples_per_s,
            seconds_left=self.pace.seconds_left(self.step),
            realised_shares=self.realised_shares(mixture),
        )

    def _is_evaluation_due(self, is_over: bool) -> bool:
        every = self.recipe.evaluation.every
        return every is not None and (is_over or self.step % every == 0)

    def _evaluate(self) -> None:
        if self.evaluate is not None:
            with self.ema.swapped_in():
                self.notify(self.evaluate(self.step))

    def _save(self) -> None:
        recipe_yaml = dump_recipe(brings_along(self.recipe, self.luggage))
        state = {
            "seed": self.recipe.seed,
            "elapsed_s": self.pace.elapsed_s,
            "loss": self._loss,
            "next_batch": self._next_batch,
            "mixture": dict(self._mixture),
            "plugins": self.plugins,
            "brought_along": origins(self.recipe, self.luggage),
            "recipe_sha256": hashlib.sha256(recipe_yaml.encode()).hexdigest(),
        }
        keep = self.recipe.train.keep_checkpoints
        self._saved = save_checkpoint(
            self.run_dir,
            self.step,
            {**self.learner.tensors(), **{part.component: part.tensors for part in self.luggage}},
            recipe_yaml=recipe_yaml,
            state=state,
            keep=keep,
        )
        self._saved_step = self.step
        self.notify(CheckpointSaved(self.step, self._saved))

    def _restore(self, checkpoint: LoadedCheckpoint) -> float:
        """Go on from a checkpoint; return the seconds of training before it."""
        self.learner.restore(checkpoint)
        self.step = self._saved_step = checkpoint.step
        self._mixture = checkpoint.saved("mixture")
        self._next_batch = checkpoint.saved("next_batch")
        self._loss = checkpoint.saved("loss")
        return float(checkpoint.saved("elapsed_s"))


class LossWindow:
    """Losses since the last event, so that an event speaks for all steps up to it."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_task: dict[str, list[float]] = {}

    def add(self, examples: Sequence[EncodedExample], losses: Tensor) -> None:
        """Take in the losses (B,) of a step."""
        for example, loss in zip(examples, losses.tolist(), strict=True):
            self._by_task.setdefault(example.task, []).append(loss)

    def take(self) -> dict[str, Any]:
        """Return ``loss`` and ``task_loss`` over the window, and start a new one."""
        everything = [loss for values in self._by_task.values() for loss in values]
        means = {task: sum(values) / len(values) for task, values in self._by_task.items()}
        self._by_task = {}
        return {"loss": sum(everything) / len(everything), "task_loss": means}
