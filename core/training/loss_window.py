"""Losses between two events, by task, over all processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from ..data.records import EncodedExample
from .world import ALONE, World


class LossWindow:
    """Losses since the last event, so that an event speaks for all steps up to it."""

    def __init__(self) -> None:
        """Start empty."""
        self._by_task: dict[str, list[float]] = {}

    def add(self, examples: Sequence[EncodedExample], losses: Tensor) -> None:
        """Take in the losses (B,) of a step."""
        for example, loss in zip(examples, losses.tolist(), strict=True):
            self._by_task.setdefault(example.task, []).append(loss)

    def take(self, world: World = ALONE) -> dict[str, Any]:
        """Return ``loss`` and ``task_loss`` over the window and all processes; start anew."""
        by_task: dict[str, list[float]] = {}
        for own in world.gathered(self._by_task):
            for task, losses in own.items():
                by_task.setdefault(task, []).extend(losses)
        self._by_task = {}
        everything = [loss for losses in by_task.values() for loss in losses]
        means = {task: sum(losses) / len(losses) for task, losses in sorted(by_task.items())}
        return {"loss": sum(everything) / len(everything), "task_loss": means}
