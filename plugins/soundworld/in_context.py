"""Two melodies on one instrument: one to listen to, the other to be made, and the order for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .config import SoundworldOptions
from .melody import melody_of, plan_melody, tempo_word
from .plan import ScenePlan, generator, pick

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


def plan_in_context(options: SoundworldOptions, key: tuple[int, ...]) -> InContextPlan:
    """Return the plans of both melodies."""
    reference, wanted = (
        replace(plan_melody(options, (*key, part)), background=BACKGROUND) for part in (1, 2)
    )
    melody = replace(melody_of(wanted), instrument=melody_of(reference).instrument)
    return InContextPlan(reference, replace(wanted, melody=melody))


def order(plan: ScenePlan) -> str:
    """Return the order for a melody that is wanted."""
    melody = melody_of(plan)
    template = pick(ORDERS, generator((*plan.wording_key, 2)))
    return template.format(tempo=tempo_word(melody.bpm), mode=melody.mode)
