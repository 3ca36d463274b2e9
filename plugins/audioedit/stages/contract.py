"""The contract of a stage: items go in, and of each exactly one outcome comes out."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from .outcomes import Item, Outcome
from .workshop import Workshop


@dataclass(frozen=True)
class Resources:
    """What one process of a stage takes, for planning and for the cluster."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory_gib: float = 1.0
    network: bool = False


class Stage(abc.ABC):
    """One step of a branch. Built once in every process that works on it.

    A stage draws no random number that is not a function of the item (see `seeds.stream`), so
    its outcomes do not depend on the process, the batch, or the order.

    Class attributes:
        name: unique; its folder below ``stages/``.
        version: raised with every change of behaviour.
        batch: items that `process` is given at most at a time.
        resources: what a process takes.
        reasons: what the codes of `Rejected` mean, for the report.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    batch: ClassVar[int] = 1
    resources: ClassVar[Resources] = Resources()
    reasons: ClassVar[Mapping[str, str]] = {}

    def __init__(self, workshop: Workshop) -> None:
        """Keep what the stage works with."""
        self.workshop = workshop

    @classmethod
    @abc.abstractmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return all that decides outcomes, as JSON values: options, fingerprints of providers.

        It is part of the stage's key: what changes it makes the stage run anew.
        """

    @abc.abstractmethod
    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return one outcome for each item, in order.

        An exception fails all items of the batch; they are then tried one by one.

        Raises:
            StopRun: if the whole run has to end: no money, no room, a broken provider.
        """


class RootStage(Stage):
    """A stage that begins a branch: it says itself how many items there are."""

    @classmethod
    @abc.abstractmethod
    def count(cls, workshop: Workshop) -> int:
        """Return the number of items; item i is ``item(i)``."""

    @classmethod
    def item(cls, number: int) -> Item:
        """Return the item of a number."""
        return Item(f"{cls.name}-{number:08d}", number)


def stage_of(kind: type[Stage], workshop: Workshop) -> Stage:
    """Return a stage of a workshop, built the first time."""
    return workshop.once(f"stage {kind.name}", lambda: kind(workshop))
