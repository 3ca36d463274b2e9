"""What would make a plan fit: the fewest changes on the same GPUs, or else more of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from .memory import MemoryModel, micro_batch_of
from .options import PlanOptions

MOST_GPUS = 4096
SHOWN = 3


@dataclass(frozen=True)
class Advice:
    """A way in which a plan fits.

    Attributes:
        changes: option to value, of the command `plan`.
        peak: bytes on one GPU.
    """

    changes: dict[str, Any]
    peak: float

    def __str__(self) -> str:
        """Return the changes as options of the command."""
        words = [
            f"--{name.replace('_', '-')}" + ("" if value is True else f" {value}")
            for name, value in self.changes.items()
        ]
        return " ".join(words)


def what_fits(
    model: MemoryModel, options: PlanOptions, batch: int, micro_batch: int
) -> list[Advice]:
    """Return ways to fit, those with the fewest changes first.

    Args:
        model: what decides the memory.
        options: of the plan that does not fit.
        batch: examples of an optimiser step.
        micro_batch: examples of a pass of the plan.
    """
    found = list(_on_these(model, options, micro_batch))
    if found:
        fewest = min(len(advice.changes) for advice in found)
        return [advice for advice in found if len(advice.changes) == fewest][:SHOWN]
    return list(_on_more(model, options, batch))


def _on_these(model: MemoryModel, options: PlanOptions, micro_batch: int) -> Iterator[Advice]:
    """Yield every set of changes that makes the plan fit on the same GPUs."""
    single = _single_changes(options)
    for count in range(len(single) + 1):
        for chosen in combinations(single, count):
            changes: dict[str, Any] = dict(chosen)
            changed = options.model_copy(update=changes)
            largest = _largest_pass(model, changed, micro_batch)
            if largest is None:
                continue
            if largest < micro_batch:
                changes["micro_batch"] = largest
            yield Advice(changes, model.of(changed, largest).peak)


def _single_changes(options: PlanOptions) -> list[tuple[str, Any]]:
    """Return the changes that spare memory, those that cost least time first."""
    single: list[tuple[str, Any]] = []
    if options.features == "computed":
        single.append(("features", "cached"))
    if options.gpus > 1 and options.sharding == "none":
        single.append(("sharding", "full"))
    if not options.checkpointing:
        single.append(("checkpointing", True))
    return single


def _largest_pass(model: MemoryModel, options: PlanOptions, most: int) -> int | None:
    """Return the largest pass that fits, up to ``most``; `None` if not even one example does."""
    if not model.of(options, 1).fits:
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if model.of(options, middle).fits else (low, middle - 1)
    return low


def _on_more(model: MemoryModel, options: PlanOptions, batch: int) -> Iterator[Advice]:
    """Yield the smallest machine of 2, 4, 8, … GPUs on which all changes together fit."""
    gpus = 2
    while gpus <= MOST_GPUS:
        if gpus > options.gpus:
            changes = {**dict(_single_changes(options)), "sharding": "full", "gpus": gpus}
            changed = options.model_copy(update=changes)
            largest = _largest_pass(model, changed, micro_batch_of(batch, gpus, 1))
            if largest is not None:
                changes["micro_batch"] = largest
                yield Advice(changes, model.of(changed, largest).peak)
                return
        gpus *= 2
