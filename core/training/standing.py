"""How a run stands, which all of its processes have to see alike."""

from __future__ import annotations

from dataclasses import dataclass

from .world import World


@dataclass(frozen=True)
class Standing:
    """How a run stands.

    Attributes:
        is_over: whether its steps or minutes are done.
        stops: whether a signal asked for its end.
        is_writing: whether some process still writes a checkpoint.
        progress: share of it that is done.
    """

    is_over: bool
    stops: bool
    is_writing: bool
    progress: float

    def agreed(self, world: World) -> Standing:
        """Return what holds for all processes, from what each sees: clocks and signals differ."""
        own = (self.is_over, self.stops, self.is_writing, self.progress)
        is_over, stops, is_writing, progress = world.most([float(value) for value in own])
        return Standing(bool(is_over), bool(stops), bool(is_writing), progress)
