"""Rows of edits: a scene before and after one of its events is added, removed or extracted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..arrangements import Arrangement, add, extract, open_part, remove
from ..config import SoundworldOptions
from ..plan import ScenePlan, plan_scene
from ..wording import caption_of_part, description, instruction
from .scenes import Sounds

if TYPE_CHECKING:
    from ....core.source import LoadMedia


class EventEdit(Sounds):
    """What the three edits have in common.

    Class attributes:
        order: which of `wording.EDITS` tells the edit.
        source_has: whether the edited event, and whether the others, sound in the source.
        target_has: the same of the target.
    """

    optional_order = True
    order: ClassVar[str]
    source_has: ClassVar[tuple[bool, bool]] = (True, True)
    target_has: ClassVar[tuple[bool, bool]] = (True, True)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a scene of which one event is edited."""
        return plan_scene(options, key, edited=True)

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the instruction, the words for the edited event, and what is heard before, after.

        The caption is that of the whole scene.
        """
        words = {
            "description": description(plan),
            "instruction": instruction(plan, self.order),
            "source_caption": _caption(plan, self.source_has),
            "target_caption": _caption(plan, self.target_has),
        }
        return {**super().fields(plan), **words}

    def media(self, plan: ScenePlan) -> dict[str, LoadMedia]:
        """Return the source."""
        return {"source_audio": partial(open_part, plan, self.arrangement(), "source")}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the edited event and its span, and the events of target and source."""
        truth = super().truth(plan)
        facts = truth["events"]
        edited = facts[plan.edited]
        return {
            **truth,
            "label": edited["label"],
            "span": [[edited["onset_s"], edited["onset_s"] + edited["length_s"]]],
            "events": [fact for fact in facts if self.target_has[fact is not edited]],
            "source_events": [fact for fact in facts if self.source_has[fact is not edited]],
        }


def _caption(plan: ScenePlan, has: tuple[bool, bool]) -> str:
    return caption_of_part(plan, edited=has[0], others=has[1])


class Add(EventEdit):
    """A scene without and with one event."""

    tasks = ("add", "instruction_editing")
    order = "add"
    source_has = (False, True)

    def arrangement(self) -> Arrangement:
        """Return the one of the edit."""
        return add


class Remove(EventEdit):
    """A scene with and without one event."""

    tasks = ("remove", "instruction_editing")
    order = "remove"
    target_has = (False, True)

    def arrangement(self) -> Arrangement:
        """Return the one of the edit."""
        return remove


class Extract(EventEdit):
    """A scene, and one event of it alone."""

    tasks = ("extract", "instruction_editing")
    order = "extract"
    target_has = (True, False)

    def arrangement(self) -> Arrangement:
        """Return the one of the edit."""
        return extract
