"""The one training loop: model, objective, batches and observers are handed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..data.records import Batch
from ..events import SamplesReady, SourceUse, StepEnd
from ..models.brought_along import BroughtAlong
from ..recipe import Recipe
from .checkpoint import LoadedCheckpoint, latest_checkpoint
from .learner import Learner
from .objective import FlowMatching, Objective, TrainableModel
from .optim import learning_rate
from .outcome import TrainOutcome
from .pace import Pace
from .run_state import RunCopies, RunState
from .saving import Saver, Write
from .signals import StopRequest
from .standing import Standing
from .steps import Encode, Stepper
from .telling import Counts, Shares, Teller, both, no_shares
from .world import ALONE, World


class Trainer:
    """Trains a model on batches, saves checkpoints, and tells observers what happens.

    Draws of noise, time and dropped context are a function of the seed and the step, and the
    batches of the mixture's state: a run that was stopped and resumed ends with the same weights
    as one that was not (bit-equal on a CPU).

    Attributes:
        step: optimiser steps taken.
        parameters: what is trained, by name.
        ema: their average.
        teller: tells observers.
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
        realised_shares: Shares = no_shares,
        task_examples: Counts = no_shares,
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
        self.run_dir = run_dir
        self.evaluate = evaluate
        self.objective = objective or FlowMatching(
            recipe.train.context_dropout, recipe.train.loss_on
        )
        self.world = world
        self.clock = clock
        self.step = 0
        told = both(on_any, notify if world.is_first else None)
        self.teller = Teller(told, world, shares=realised_shares, task_examples=task_examples)
        self.learner = Learner(model, self.objective, recipe.train, seed=recipe.seed, world=world)
        self.parameters = self.learner.parameters
        self.ema = self.learner.ema
        skips = recipe.loader.max_skipped
        self.stepper = Stepper(self.learner, encode, recipe.train, max_skipped=skips)
        self.copies = RunCopies(run_dir, recipe, self.learner, dict(plugins or {}), luggage)
        self.saver = Saver(world, self.teller.saved, in_background=recipe.train.save_in_background)
        self._state = RunState()

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
            self.teller.start(
                self.recipe,
                self.run_dir,
                None if resume is None else resume.step,
                sources=sources,
                held_out=held_out,
                tags=tags or {},
            )
            nothing_lost = self.saver.nothing_lost(lambda: self.step, self._last_copy)
            with StopRequest() as stop, closing(self.learner), nothing_lost:
                was_stopped = self._loop(stop)
            status = "stopped" if was_stopped else "finished"
        except BaseException as failure:
            error = str(failure) or type(failure).__name__
            raise
        finally:
            self.teller.end(status, self.step, error)
        checkpoint = self.saver.path or latest_checkpoint(self.run_dir)
        seconds = self.pace.elapsed_s
        return TrainOutcome(self.run_dir, status, self.step, self._state.loss, checkpoint, seconds)

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
                self.teller.step(event)
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

    def _take_step(self, batches: Iterator[Batch], progress: float) -> StepEnd:
        began = self.clock()
        rate = learning_rate(self.recipe.train, self.step + 1, progress)
        taken = self.stepper.take(batches, self.step + 1, rate)
        self.step += 1
        self._state.follow(taken)
        self.pace.end_step(taken.size.examples, began)
        return self.teller.saw(taken, self.step, rate, self.pace, self.stepper.left_out)

    def _is_evaluation_due(self, is_over: bool) -> bool:
        every = self.recipe.evaluation.every
        return every is not None and (is_over or self.step % every == 0)

    def _evaluate(self) -> None:
        evaluate = self.evaluate
        if evaluate is not None:
            with self.learner.averaged():
                self.world.first_does(lambda: self.teller.samples(evaluate(self.step)))

    def _copy(self) -> Write | None:
        return self.copies.copy(self.step, self._state, self.pace.elapsed_s)

    def _last_copy(self) -> Write | None:
        """Return what writes the last step without the other processes, which may not know."""
        return None if self.learner.is_spread else self._copy()

    def _restore(self, checkpoint: LoadedCheckpoint) -> float:
        """Go on from a checkpoint; return the seconds of training before it."""
        self.learner.restore(checkpoint)
        self.step = self.saver.step = checkpoint.step
        self._state.restore(checkpoint)
        return float(checkpoint.saved("elapsed_s"))
