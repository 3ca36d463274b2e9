"""Optimiser steps: one batch each, unless it has to be left out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..data.broken_rows import too_many_broken
from ..data.records import Batch, EncodedExample, PreparedExample
from ..errors import DataError, TrainingError
from ..stopwatch import section
from .config import TrainConfig
from .learner import Learner
from .passes import NotFiniteError
from .sharing import lengths_of, padded

Encode = Callable[[Sequence[PreparedExample]], Sequence[EncodedExample]]

logger = logging.getLogger("audio_omni.training")


@dataclass(frozen=True)
class BatchSize:
    """How much a step learned from.

    Attributes:
        examples: of the whole batch.
        frames: their latent frames; of examples without a latent one each.
        padding: share of the computed frames that are padding.
    """

    examples: int
    frames: int
    padding: float


@dataclass(frozen=True)
class Step:
    """A step that was taken.

    Attributes:
        batch: this process's part of the batch.
        encoded: its examples.
        losses: (B,) of these.
        loss: mean over the whole batch.
        gradient_norm: of the whole batch, before clipping.
        task_norms: that of each task, where this step measures it.
        size: of the whole batch.
    """

    batch: Batch
    encoded: Sequence[EncodedExample]
    losses: Tensor
    loss: float
    gradient_norm: float
    task_norms: dict[str, float]
    size: BatchSize


class Stepper:
    """Takes steps.

    Attributes:
        left_out: batches so far with a loss or gradient that was not finite.
    """

    def __init__(
        self, learner: Learner, encode: Encode, config: TrainConfig, *, max_skipped: int
    ) -> None:
        """Keep what learns, what runs frozen networks, and how many rows may be broken."""
        self.learner = learner
        self.encode = encode
        self.config = config
        self.max_skipped = max_skipped
        self.left_out = 0

    def take(self, batches: Iterator[Batch], step: int, rate: float) -> Step:
        """Take step number ``step``, from 1, at a learning rate.

        Raises:
            TrainingError: if the batches end early.
            DataError: in all processes, if together they skipped too many broken rows.
            NotFiniteError: if a loss or the gradient is not finite, once too often.
        """
        while True:
            with section("data"):
                batch, total = self._next(batches, step)
            with section("cache"), torch.no_grad():
                encoded = self.encode(batch.examples) if batch.examples else []
            try:
                norms = self._task_norms(encoded, batch, total, step)
                losses, norm = self.learner.learn(
                    encoded, batch.places, total=total, step=step, rate=rate
                )
            except NotFiniteError as failure:
                self._leave_out(failure)
                continue
            real, computed = padded(lengths_of(encoded), self.learner.passes.split(encoded))
            sums = (float(losses.sum()), real, computed)
            summed, frames, computed_frames = self.learner.world.total(sums)
            size = BatchSize(total, round(frames), 1 - frames / computed_frames)
            return Step(batch, encoded, losses, summed / total, norm, norms, size)

    def _task_norms(
        self, encoded: Sequence[EncodedExample], batch: Batch, total: int, step: int
    ) -> dict[str, float]:
        every = self.config.task_gradients_every
        if every is None or step % every:
            return {}
        return self.learner.task_norms(encoded, batch.places, total=total, step=step)

    def _leave_out(self, failure: NotFiniteError) -> None:
        """Count a batch that is left out; raise the failure if that is one too many."""
        self.left_out += 1
        most = self.config.max_not_finite
        if self.left_out > most:
            raise failure
        logger.warning(
            "%s. The batch is left out, %d of at most %d (train.max_not_finite).",
            str(failure).partition(". ")[0],
            self.left_out,
            most,
        )

    def _next(self, batches: Iterator[Batch], step: int) -> tuple[Batch, int]:
        """Return this process's part of the next batch of which something is whole, and its size.

        Raises:
            TrainingError: if there is none.
            DataError: if all processes together have skipped too many rows by then.
        """
        world = self.learner.world
        for batch in batches:
            counts = (len(batch.examples), sum(batch.skipped.values()))
            total, skipped = map(int, world.total(counts))
            if skipped > self.max_skipped and world.size > 1:  # alone, the loader counts
                raise self._too_many(batch)
            if total:
                return batch, total
        raise TrainingError(
            f"The batches ended after step {step - 1} of {self.config.steps}; expected "
            "one per step. Check the sources' max_epochs."
        )

    def _too_many(self, batch: Batch) -> DataError:
        """Return the error of too many broken rows, the same in all processes."""
        skipped: Counter[str] = Counter()
        last = []
        for own, broken in self.learner.world.gathered((dict(batch.skipped), batch.broken)):
            skipped.update(own)
            last += [broken] if broken else []
        return too_many_broken(dict(sorted(skipped.items())), self.max_skipped, last)
