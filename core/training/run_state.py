"""Where a run is in its data, and what its checkpoints hold beside what is learned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ..models.brought_along import BroughtAlong
from ..recipe import Recipe, dump_recipe
from .checkpoint import LoadedCheckpoint
from .checkpoint_saving import copied
from .learner import Learner
from .luggage import brings_along, origins
from .saving import Write
from .steps import Step


@dataclass
class RunState:
    """Where a run is in its data.

    Attributes:
        mixture: the mixture's state after the last batch that was learned from.
        next_batch: number of the batch after it.
        loss: of its step; `None` before the first one.
    """

    mixture: Mapping[str, Any] = field(default_factory=dict)
    next_batch: int = 0
    loss: float | None = None

    def follow(self, taken: Step) -> None:
        """Go on by a step that was taken."""
        self.mixture, self.next_batch = taken.batch.mixture, taken.batch.number + 1
        self.loss = taken.loss

    def restore(self, checkpoint: LoadedCheckpoint) -> None:
        """Go on where a checkpoint was saved.

        Raises:
            CheckpointError: if it does not say where.
        """
        self.mixture = checkpoint.saved("mixture")
        self.next_batch = checkpoint.saved("next_batch")
        self.loss = checkpoint.saved("loss")


@dataclass(frozen=True)
class RunCopies:
    """Makes copies of a run in memory, which are then written as checkpoints.

    Attributes:
        run_dir: folder of the run.
        recipe: of the run.
        learner: what learns.
        plugins: names and versions, for the checkpoint.
        luggage: frozen networks that checkpoints bring along.
    """

    run_dir: Path
    recipe: Recipe
    learner: Learner
    plugins: Mapping[str, str]
    luggage: Sequence[BroughtAlong]

    def copy(self, step: int, state: RunState, elapsed_s: float) -> Write | None:
        """Return what writes a step as it stands now; `None` where another process does."""
        recipe_yaml = dump_recipe(brings_along(self.recipe, self.luggage))
        values = {
            "seed": self.recipe.seed,
            "elapsed_s": elapsed_s,
            "loss": state.loss,
            "next_batch": state.next_batch,
            "mixture": dict(state.mixture),
            "plugins": dict(self.plugins),
            "brought_along": origins(self.recipe, self.luggage),
            "recipe_sha256": hashlib.sha256(recipe_yaml.encode()).hexdigest(),
        }
        tensors = {**self.learner.tensors(), **{p.component: p.tensors for p in self.luggage}}
        write = self.learner.writer
        if write is None:
            return None
        return partial(
            write,
            self.run_dir,
            step,
            copied(tensors),
            recipe_yaml=recipe_yaml,
            state=values,
            keep=self.recipe.train.keep_checkpoints,
        )
