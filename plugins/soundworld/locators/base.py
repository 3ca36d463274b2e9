"""The contract of a locator: how a row is planned, what it says, what sounds in it."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from ..config import SoundworldOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....core.source import LoadAudio, LoadMedia

PlanT = TypeVar("PlanT")


class Locator(abc.ABC, Generic[PlanT]):
    """One kind of row. It holds nothing: all that a row is follows from its plan.

    What `target` and `media` return must survive pickling (a `functools.partial` of a function
    at the top of a module), since rows travel to data workers.

    Class attributes:
        tasks: the tasks that can learn from its rows, the most natural first.
        optional_order: whether a task can word the order itself, if a row brings no `instruction`.
        shortest_clip_seconds: clips must be as long for a row to fit.
    """

    tasks: ClassVar[tuple[str, ...]]
    optional_order: ClassVar[bool] = False
    shortest_clip_seconds: ClassVar[float] = 1.0

    @abc.abstractmethod
    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> PlanT:
        """Return the plan of the row whose random stream has ``key``; draws from it alone."""

    @abc.abstractmethod
    def fields(self, plan: PlanT) -> dict[str, Any]:
        """Return the values of a row, named as in a manifest."""

    @abc.abstractmethod
    def truth(self, plan: PlanT) -> dict[str, Any]:
        """Return the facts of a row; times in seconds, of the target."""

    @abc.abstractmethod
    def render(self, plan: PlanT) -> Any:
        """Return everything that sounds in a row, or is seen; a pure function of the plan."""

    def media(self, plan: PlanT) -> Mapping[str, LoadMedia]:
        """Return what opens the clips and videos of a row besides its target."""
        return {}

    @abc.abstractmethod
    def target(self, plan: PlanT) -> LoadAudio | None:
        """Return what opens the audio to learn; `None` where the answer is text."""
