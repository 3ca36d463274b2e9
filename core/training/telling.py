"""What observers hear of a run: its start, steps, checkpoints, samples and end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..events import CheckpointSaved, RunEnd, RunStart, SamplesReady, SourceUse, StepEnd
from ..recipe import Recipe
from .loss_window import LossWindow
from .pace import Pace
from .steps import Step
from .world import World

Listener = Callable[[Any], None]
Shares = Callable[[Mapping[str, Any]], Mapping[str, float]]
Counts = Callable[[Mapping[str, Any]], Mapping[str, int]]


def no_shares(_state: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return nothing, of a mixture that nobody counts."""
    return {}


class Teller:
    """Tells observers of a run, with what all of its processes saw.

    Attributes:
        notify: receives every event record.
        world: the processes of the run.
    """

    def __init__(
        self, notify: Listener, world: World, *, shares: Shares, task_examples: Counts
    ) -> None:
        """Keep who is told.

        Args:
            notify: receives every event record.
            world: the processes of the run.
            shares: maps the mixture's state to the share of each entry.
            task_examples: maps it to how many examples of each task were drawn.
        """
        self.notify = notify
        self.world = world
        self._shares, self._task_examples = shares, task_examples
        self._losses = LossWindow()
        self._skipped: Mapping[str, int] = {}

    def start(
        self,
        recipe: Recipe,
        run_dir: Path,
        resumed_from: int | None,
        *,
        sources: Sequence[SourceUse],
        held_out: Sequence[SourceUse],
        tags: Mapping[str, str],
    ) -> None:
        """Tell that a run begins, or goes on from a step; see `RunStart`."""
        values = recipe.model_dump(mode="json")
        self.notify(RunStart(run_dir, values, sources, resumed_from, tags, held_out))

    def saw(self, taken: Step, step: int, rate: float, pace: Pace, left_out: int) -> StepEnd:
        """Take note of a step; return what `step` may tell of it.

        Args:
            taken: the step.
            step: its number, from 1.
            rate: its learning rate.
            pace: of the run, with this step.
            left_out: batches so far that were left out.
        """
        self._losses.add(taken.encoded, taken.losses)
        self._skipped = taken.batch.skipped
        return StepEnd(
            step=step,
            loss=taken.loss,
            task_loss={},
            learning_rate=rate,
            gradient_norm=taken.gradient_norm,
            examples_per_s=pace.examples_per_s,
            seconds_left=pace.seconds_left(step),
            realised_shares=self._shares(taken.batch.mixture),
            task_examples=self._task_examples(taken.batch.mixture),
            task_gradient_norm=taken.task_norms,
            left_out=left_out,
            padding=taken.size.padding,
            frames=taken.size.frames,
        )

    def step(self, event: StepEnd) -> None:
        """Tell of a step, with what all processes saw since the last one that was told of."""
        skipped: Counter[str] = Counter()
        for own in self.world.gathered(dict(self._skipped)):
            skipped.update(own)
        losses = self._losses.take(self.world)
        self.notify(replace(event, **losses, skipped=dict(sorted(skipped.items()))))

    def saved(self, step: int, path: Path) -> None:
        """Tell of a checkpoint that is whole."""
        self.notify(CheckpointSaved(step, path))

    def samples(self, made: SamplesReady) -> None:
        """Tell of samples of held-out rows."""
        self.notify(made)

    def end(self, status: str, step: int, error: str | None) -> None:
        """Tell how a run ended; see `RunEnd`."""
        self.notify(RunEnd(status, step, error))


def both(*listeners: Listener | None) -> Listener:
    """Return what hands an event to each listener that there is."""
    present = [listener for listener in listeners if listener is not None]

    def notify(event: Any) -> None:
        for listener in present:
            listener(event)

    return notify
