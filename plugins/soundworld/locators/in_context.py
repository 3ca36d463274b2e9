"""Rows with a clip to listen to: the same instrument plays another melody, as it is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ..arrangements import open_part, whole
from ..config import SoundworldOptions
from ..in_context import InContextPlan, order, plan_in_context
from ..render import Rendered
from .base import Locator
from .melodies import Music

if TYPE_CHECKING:
    from ....core.source import LoadAudio, LoadMedia


class InContext(Locator[InContextPlan]):
    """Two melodies on one instrument: one is heard, the other asked for."""

    tasks = ("in_context_generation",)
    music = Music()
    """What is true and said of the melody that is asked for."""

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> InContextPlan:
        """Return the plans of both melodies."""
        return plan_in_context(options, key)

    def render(self, plan: InContextPlan) -> Rendered:
        """Return the parts of the melody that is asked for."""
        return self.music.render(plan.wanted)

    def fields(self, plan: InContextPlan) -> dict[str, Any]:
        """Return the order, and a caption of the target, which names the instrument."""
        return {**self.music.fields(plan.wanted), "instruction": order(plan.wanted)}

    def media(self, plan: InContextPlan) -> dict[str, LoadMedia]:
        """Return the melody to listen to."""
        return {"audio": partial(open_part, plan.reference, whole, "target")}

    def truth(self, plan: InContextPlan) -> dict[str, Any]:
        """Return the facts of the target; the label is the instrument of both clips."""
        return self.music.truth(plan.wanted)

    def target(self, plan: InContextPlan) -> LoadAudio:
        """Return what opens the melody that is asked for."""
        return self.music.target(plan.wanted)
