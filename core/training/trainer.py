"""The one training loop: model, objective, batches and observers are handed in."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..data.records import Batch
from ..errors import AudioOmniError, CheckpointError, TrainingError
from ..events import CheckpointSaved, RunEnd, RunStart, SamplesReady, SourceUse, StepEnd
from ..models.brought_along import BroughtAlong
from ..recipe import Recipe
from .checkpoint import LoadedCheckpoint, latest_checkpoint
from .learner import Learner
from .loss_window import LossWindow
from .objective import FlowMatching, Objective, TrainableModel
from .optim import learning_rate
from .outcome import TrainOutcome
from .pace import Pace
from .run_state import RunCopies, RunState
from .saving import Saver, Write
from .signals import StopRequest
from .standing import Standing
from .steps import Encode, Stepper
from .world import ALONE, World

Shares = Callable[[Mapping[str, Any]], Mapping[str, float]]
Counts = Callable[[Mapping[str, Any]], Mapping[str, int]]


def _both(*listeners: Callable[[Any], None] | None) -> Callable[[Any], None]:
    present = [listener for listener in listeners if listener is not None]

    def notify(event: Any) -> None:
        for listener in present:
            listener(event)

    return notify


def _no_shares(_state: Mapping[str, Any]) -> Mapping[str, Any]:
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
        on_any: Callable[[Any], None] | None = None,
        run_dir: Path,
        evaluate: Callable[[int], SamplesReady] | None = None,
        objective: Objective | None = None,
        realised_shares: Shares = _no_shares,
        task_examples: Counts = _no_shares,
        plugins: Mapping[str, str] | None = None,
        luggage: Sequence[BroughtAlong] = (),
        world: World = ALONE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare a run; nothing is read or written before `run`.

        Args:
            recipe: the resolved recipe.
            model: on its device.
            batches: from `core.data.loader`. For a resume it starts at the checkpoint's
                ``next_batch`` with the checkpoint's ``mixture``.
            encode: runs what is frozen, without gradients (`AudioOmniModel.encode`, or a cache).
            notify: receives every event record; of several processes, the first one's.
            on_any: receives those of every process.
            run_dir: folder of the run.
            evaluate: makes samples of held-out rows; called with the step, while the model holds
                its averaged weights.
            objective: left out: rectified flow.
            realised_shares: maps the mixture's state to the share of each entry.
            task_examples: maps it to how many examples of each task were drawn.
            plugins: names and versions, saved in checkpoints.
            luggage: frozen networks that checkpoints bring along, see `models.brought_along`.
            world: the processes that learn together; all are handed the same, but for ``batches``.
            clock: seconds that only grow.
        """
        self.recipe = recipe
        self.model = model
        self.batches = batches
        self.notify = _both(on_any, notify if world.is_first else None)
        self.run_dir = run_dir
        self.evaluate = evaluate
        self.objective = objective or FlowMatching(recipe.train.context_dropout)
        self.realised_shares = realised_shares
        self.task_examples = task_examples
        self.world = world
        self.clock = clock
        self.step = 0
        self.learner = Learner(model, self.objective, recipe.train, seed=recipe.seed, world=world)
        self.parameters = self.learner.parameters
        self.ema = self.learner.ema
        skips = recipe.loader.max_skipped
        self.stepper = Stepper(self.learner, encode, recipe.train, max_skipped=skips)
        self.copies = RunCopies(run_dir, recipe, self.learner, dict(plugins or {}), luggage)
        self.saver = Saver(world, self._saved, in_background=recipe.train.save_in_background)
        self._losses = LossWindow()
        self._state = RunState()
        self._skipped: Mapping[str, int] = {}

    def run(
        self,
        resume: LoadedCheckpoint | None = None,
        *,
        sources: Sequence[SourceUse] = (),
        held_out: Sequence[SourceUse] = (),
        tags: Mapping[str, str] | None = None,
    ) -> TrainOutcome:
        """Train until the recipe's steps or minutes are done, or a signal asks to stop.

        Args:
            resume: the checkpoint to go on from.
            sources: what is drawn from, for observers.
            held_out: what is measured on, for them.
            tags: what else is true of the run, for them.

        Raises:
            TrainingError: if a loss or gradient is not finite, or the batches end early.
            CheckpointError: if a checkpoint cannot be read or written.
        """
        elapsed_s = self._restore(resume) if resume is not None else 0.0
        self.pace = Pace(self.recipe.train, self.clock, elapsed_s)
        status, error = "failed", None
        try:
            self._announce(resume, sources, held_out, tags or {})
            with StopRequest() as stop, self._nothing_lost():
                was_stopped = self._loop(stop)
            status = "stopped" if was_stopped else "finished"
        except BaseException as failure:
            error = str(failure) or type(failure).__name__
            raise
        finally:
            self.notify(RunEnd(status, self.step, error))
        checkpoint = self.saver.path or latest_checkpoint(self.run_dir)
        seconds = self.pace.elapsed_s
        return TrainOutcome(self.run_dir, status, self.step, self._state.loss, checkpoint, seconds)

    def _announce(
        self,
        resume: LoadedCheckpoint | None,
        sources: Sequence[SourceUse],
        held_out: Sequence[SourceUse],
        tags: Mapping[str, str],
    ) -> None:
        recipe = self.recipe.model_dump(mode="json")
        resumed = None if resume is None else resume.step
        self.notify(RunStart(self.run_dir, recipe, sources, resumed, tags, held_out))

    def _loop(self, stop: StopRequest) -> bool:
        """Take steps until the run is over or asked to stop; tell whether it was asked."""
        train = self.recipe.train
        batches = iter(self.batches)
        now = self._agreed(stop)
        while not (now.is_over or now.stops):
            event = self._take_step(batches, now.progress)
            now = self._agreed(stop)
            if self.saver.is_due and not now.is_writing:
                self.saver.settle()
            if now.is_over or self.step == 1 or self.step % train.log_every == 0:
                self._tell(event)
            if now.is_over or self.step % train.checkpoint_every == 0:
                self.saver.begin(self.step, self._copy)
            if self._is_evaluation_due(now.is_over) and not now.stops:
                self.saver.settle()  # trackers hear of a checkpoint before its measurements
                self._evaluate()
                now = replace(self._agreed(stop), is_over=now.is_over)
        self.saver.settle()
        if now.stops and self.saver.step != self.step:
            self.saver.begin(self.step, self._copy)
            self.saver.settle()
        return now.stops

    def _agreed(self, stop: StopRequest) -> Standing:
        """Return how the run stands, the same in all processes."""
        own = Standing(
            is_over=self.step >= self.recipe.train.steps or self.pace.is_out_of_time(),
            stops=stop.requested,
            is_writing=self.saver.is_writing,
            progress=self.pace.progress(self.step),
        )
        return own.agreed(self.world)

    @contextmanager
    def _nothing_lost(self) -> Iterator[None]:
        """Save the steps since the last checkpoint before a broken row or metric ends the run.

        What could not be written is not tried again, and a loss that is not finite is left to the
        last checkpoint: the steps before it may have caused it.
        """
        last = None
        try:
            yield
        except (CheckpointError, TrainingError):
            raise
        except AudioOmniError:
            # The other processes may not know of it: the first one writes without them.
            is_new = self.step > self.saver.step
            last = self._copy() if is_new and not self.learner.is_spread else None
            raise
        finally:
            self.saver.finish_alone(last, self.step)
            self.learner.close()

    def _take_step(self, batches: Iterator[Batch], progress: float) -> StepEnd:
        began = self.clock()
        rate = learning_rate(self.recipe.train, self.step + 1, progress)
        taken = self.stepper.take(batches, self.step + 1, rate)
        self.step += 1
        self._losses.add(taken.encoded, taken.losses)
        self._state.follow(taken)
        self._skipped = taken.batch.skipped
        self.pace.end_step(taken.size.examples, began)
        return StepEnd(
            step=self.step,
            loss=taken.loss,
            task_loss={},
            learning_rate=rate,
            gradient_norm=taken.gradient_norm,
            examples_per_s=self.pace.examples_per_s,
            seconds_left=self.pace.seconds_left(self.step),
            realised_shares=self.realised_shares(self._state.mixture),
            task_examples=self.task_examples(self._state.mixture),
            task_gradient_norm=taken.task_norms,
            left_out=self.stepper.left_out,
            padding=taken.size.padding,
            frames=taken.size.frames,
        )

    def _tell(self, event: StepEnd) -> None:
        """Tell of a step, with what all processes saw since the last one that was told of."""
        skipped: Counter[str] = Counter()
        for own in self.world.gathered(dict(self._skipped)):
            skipped.update(own)
        losses = self._losses.take(self.world)
        self.notify(replace(event, **losses, skipped=dict(sorted(skipped.items()))))

    def _is_evaluation_due(self, is_over: bool) -> bool:
        every = self.recipe.evaluation.every
        return every is not None and (is_over or self.step % every == 0)

    def _evaluate(self) -> None:
        evaluate = self.evaluate
        if evaluate is not None:
            with self.learner.averaged():
                self.world.first_does(lambda: self.notify(evaluate(self.step)))

    def _saved(self, step: int, path: Path) -> None:
        self.notify(CheckpointSaved(step, path))

    def _copy(self) -> Write | None:
        return self.copies.copy(self.step, self._state, self.pace.elapsed_s)

    def _restore(self, checkpoint: LoadedCheckpoint) -> float:
        """Go on from a checkpoint; return the seconds of training before it."""
        self.learner.restore(checkpoint)
        self.step = self.saver.step = checkpoint.step
        self._state.restore(checkpoint)
        return float(checkpoint.saved("elapsed_s"))
