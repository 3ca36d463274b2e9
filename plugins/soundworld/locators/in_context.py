"""Rows with a clip to listen to: the same instrument plays another melody, as it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arrangements import open_part, whole
from ..config import SoundworldOptions
from ..melody import plan_melody, tempo_word
from ..plan import ScenePlan, generator, pick
from ..render import Rendered
from .base import Locator
from .melodies import Music, melody_of

if TYPE_CHECKING:
    from ....core.source import LoadAudio, LoadMedia

ORDERS = (
    "Play a {tempo} tune in a {mode} key with this instrument.",
    "A {tempo} {mode} melody on the instrument of this clip.",
    "With the same instrument, play a {tempo} {mode} tune.",
    "Let me hear a {tempo} melody in a {mode} key on this instrument.",
    "Take the instrument that plays here for a {tempo} {mode} tune.",
)
"""None of them names the instrument: that can only be heard."""
BACKGROUND = "quiet room"
"""Of both clips, since no order speaks of it."""


@dataclass(frozen=True)
class InContextPlan:
    """A melody to listen to, and another one that the same instrument is to play."""

    reference: ScenePlan
    wanted: ScenePlan


class InContext(Locator[InContextPlan]):
    """Two melodies on one instrument: one is heard, the other asked for."""

    tasks = ("in_context_generation",)
    music = Music()
    """What is true and said of the melody that is asked for."""

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> InContextPlan:
        """Return the plans of both melodies."""
        reference, wanted = (
            replace(plan_melody(options, (*key, part)), background=BACKGROUND) for part in (1, 2)
        )
        instrument = melody_of(reference).instrument
        melody = replace(melody_of(wanted), instrument=instrument)
        return InContextPlan(reference, replace(wanted, melody=melody))

    def render(self, plan: InContextPlan) -> Rendered:
        """Return the parts of the melody that is asked for."""
        return self.music.render(plan.wanted)

    def fields(self, plan: InContextPlan) -> dict[str, Any]:
        """Return the order, and a caption of the target, which names the instrument."""
        return {**self.music.fields(plan.wanted), "instruction": _order(plan.wanted)}

    def media(self, plan: InContextPlan) -> dict[str, LoadMedia]:
        """Return the melody to listen to."""
        return {"audio": partial(open_part, plan.reference, whole, "target")}

    def truth(self, plan: InContextPlan) -> dict[str, Any]:
        """Return the facts of the target; the label is the instrument of both clips."""
        return self.music.truth(plan.wanted)

    def target(self, plan: InContextPlan) -> LoadAudio:
        """Return what opens the melody that is asked for."""
        return self.music.target(plan.wanted)


def _order(plan: ScenePlan) -> str:
    melody = melody_of(plan)
    template = pick(ORDERS, generator((*plan.wording_key, 2)))
    return template.format(tempo=tempo_word(melody.bpm), mode=melody.mode)
