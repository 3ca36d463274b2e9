"""A plan → words: captions and instructions that say only what the plan holds."""

from __future__ import annotations

from dataclasses import replace

from .languages.english import ENGLISH
from .languages.table import BOOKS
from .languages.telling import sentence, tell
from .plan import EventPlan, ScenePlan, generator, pick
from .vocabulary import KIND_OF

EDITS = {
    "add": ("Add {a}.", "Insert {a}.", "Mix in {a}.", "Put {a} into the scene.",
            "Let me hear {a} as well.", "There should be {a}, too.",
            "Add this sound to the recording: {a}."),
    "remove": ("Remove {the}.", "Take out {the}.", "Delete {the}.",
               "Erase {the} from this recording.", "Everything but {the}.",
               "I do not want to hear {the}.", "Remove this sound from the recording: {a}."),
    "extract": ("Extract {the}.", "Keep only {the}.", "Isolate {the}.",
                "Leave nothing but {the}.", "Just {the}, please.",
                "I want to hear {the} and nothing else.",
                "Keep only this sound of the recording: {a}."),
    "style_transfer": ("Turn the {old} into {a_new}.", "Play this on {a_new}, not the {old}.",
                       "Replace the {old} with {a_new}.", "Make the {old} sound like {a_new}.",
                       "I want to hear {a_new}, not the {old}.",
                       "Turn every {old} in the recording into {new}, with the same timing."),
}  # fmt: skip
"""Orders of each edit; the last is how its task words a request that brings no order."""


def caption(plan: ScenePlan) -> str:
    """Return a sentence about the whole scene (of a style pair: about its source)."""
    return tell(plan, BOOKS[plan.language]).text


def caption_of_part(plan: ScenePlan, *, edited: bool, others: bool) -> str:
    """Return a description of what sounds in a part of a scene: a source or a target of an edit.

    Args:
        plan: of a scene of which one event is edited.
        edited: whether that one sounds.
        others: whether everything else does, the background included.
    """
    if edited:
        return caption(plan) if others else sentence(description(plan))
    left = tuple(event for event in plan.events if event is not _edited(plan))
    if left:
        return caption(replace(plan, events=left, edited=None))
    bed, _ = pick(BOOKS[plan.language].backgrounds[plan.background], generator(plan.wording_key))
    return sentence(bed)


def caption_of_other_timbre(plan: ScenePlan) -> str:
    """Return the caption of a style pair's target: of the melody on its second instrument."""
    assert plan.melody is not None  # noqa: S101 - a style pair has one
    played = plan.melody.other_instrument or plan.melody.instrument
    return caption(replace(plan, melody=replace(plan.melody, instrument=played)))


def description(plan: ScenePlan) -> str:
    """Return the words for the edited event."""
    return pick(KIND_OF[_edited(plan).label].nouns, generator((*plan.wording_key, 1)))


def instruction(plan: ScenePlan, edit: str) -> str:
    """Return an order that leads from source to target; ``edit`` is one of `EDITS`."""
    template = pick(EDITS[edit], generator((*plan.wording_key, 2)))
    if plan.melody is not None:
        old, new = plan.melody.instrument, plan.melody.other_instrument or ""
        a_new = ENGLISH.instruments[new].a_name
        return template.format(old=old, new=new, a_new=a_new)
    noun = description(plan)
    return template.format(a=noun, the=_known(noun))


def _edited(plan: ScenePlan) -> EventPlan:
    assert plan.edited is not None  # noqa: S101 - rows of edits are planned with one
    return plan.events[plan.edited]


def _known(noun: str) -> str:
    """Return a noun with "the": of a sound that the listener has heard already."""
    return "the " + noun.removeprefix("an ").removeprefix("a ")
