"""Rows about scenes: one to three events over a background."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..arrangements import Arrangement, arranged, open_part, whole
from ..config import SoundworldOptions
from ..plan import ScenePlan, plan_scene
from ..render import Rendered
from ..wording import caption
from .base import Locator

if TYPE_CHECKING:
    from ....core.source import LoadAudio


class SceneLocator(Locator[ScenePlan]):
    """What rows of all scenes and melodies have in common."""

    def arrangement(self) -> Arrangement:
        """Return what says which parts of the scene are the source and the target."""
        return whole

    def render(self, plan: ScenePlan) -> Rendered:
        """Return background, stems, source and target."""
        return arranged(plan, self.arrangement())

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the caption and the length."""
        return {"caption": caption(plan), "duration_s": plan.samples / plan.rate}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return ``stems``, a callable that gives all that `render` does."""
        return {"stems": partial(arranged, plan, self.arrangement())}

    def target(self, plan: ScenePlan) -> LoadAudio:
        """Return what opens the target."""
        return partial(open_part, plan, self.arrangement(), "target")


class Sounds(SceneLocator):
    """A scene and its caption. A row has no ``label``, for it is about all of its events."""

    tasks: ClassVar[tuple[str, ...]] = ("text_to_audio",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a scene."""
        return plan_scene(options, key)

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the events and their levels."""
        levels = [event.snr_db for event in plan.events]
        return {**super().truth(plan), "events": event_facts(plan), "snr_db": levels}


def event_facts(plan: ScenePlan) -> list[dict[str, Any]]:
    """Return label, onset and length in seconds of each event of a scene."""
    return [
        {"label": e.label, "onset_s": e.onset / plan.rate, "length_s": e.length / plan.rate}
        for e in plan.events
    ]
