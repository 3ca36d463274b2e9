"""A plan → words: captions and instructions that say only what the plan holds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .melody import tempo_word
from .plan import EventPlan, MelodyPlan, ScenePlan, generator
from .vocabulary import BACKGROUNDS, KIND_OF, TIMES

APART_S = 0.3
"""Onsets closer than this are not put in order by words."""

ONE = (
    "{clause} while {ground}.", "{clause}, and {ground}.", "{noun} over {bed}.",
    "{noun} with {bed} behind.", "Over {bed}, {clause}.", "While {ground}, {clause}.",
    "{bed} and {noun}.", "{ground} and {clause}.",
)  # fmt: skip
IN_ORDER = (
    "{clauses_then}, over {bed}.", "{clauses_then}, while {ground}.",
    "While {ground}, {clauses_then}.", "Over {bed}, {clauses_then}.", "{ground}; {clauses_then}.",
    "{nouns_followed}, over {bed}.", "{nouns_then}, with {bed} behind.", "{bed} with {nouns_then}.",
)  # fmt: skip
TOGETHER = (
    "{clauses_and}, over {bed}.", "{clauses_and} while {ground}.",
    "While {ground}, {clauses_and}.", "Over {bed}, {clauses_and}.", "{ground}; {clauses_and}.",
    "{nouns_and} over {bed}.", "{nouns_and}, with {bed} behind.", "{bed} with {nouns_and}.",
)  # fmt: skip
MUSIC = (
    "A {tempo} {mode} melody on the {name} over {bed}.",
    "The {name} plays a {tempo} tune in a {mode} key while {ground}.",
    "A {tempo} {mode} tune for {name}, with {bed} behind.",
    "{tempo} music for {name} in a {mode} key, {bpm} bpm, over {bed}.",
    "While {ground}, a {name} plays a {tempo} {mode} melody.",
    "A {name} plays in a {mode} key at {bpm} bpm while {ground}.",
    "Over {bed}, a {name} plays a {mode} tune at {bpm} bpm.",
    "{name} solo: a {tempo} {mode} melody over {bed}.",
)  # fmt: skip
EDITS = {
    "add": ("Add {a}.", "Insert {a}.", "Mix in {a}.", "Put {a} into the scene.",
            "Let me hear {a} as well."),
    "remove": ("Remove {the}.", "Take out {the}.", "Delete {the}.",
               "Erase {the} from this recording.", "Everything but {the}."),
    "extract": ("Extract {the}.", "Keep only {the}.", "Isolate {the}.",
                "Leave nothing but {the}.", "Just {the}, please."),
    "style_transfer": ("Turn the {old} into a {new}.", "Play this on a {new}, not the {old}.",
                       "Replace the {old} with a {new}.", "Make the {old} sound like a {new}."),
}  # fmt: skip


def caption(plan: ScenePlan) -> str:
    """Return a sentence about the whole scene (of a style pair: about its source)."""
    rng = generator(plan.wording_key)
    bed, ground = _pick(BACKGROUNDS[plan.background], rng)
    if plan.melody is not None:
        text = _pick(MUSIC, rng).format(bed=bed, ground=ground, **_music(plan.melody))
        return _sentence(text)
    clauses = [_clause(event, rng) for event in plan.events]
    nouns = [_pick(KIND_OF[event.label].nouns, rng) for event in plan.events]
    if len(clauses) == 1:
        return _sentence(
            _pick(ONE, rng).format(clause=clauses[0], noun=nouns[0], bed=bed, ground=ground)
        )
    templates = IN_ORDER if in_order(plan) else TOGETHER
    text = _pick(templates, rng).format(
        bed=bed,
        ground=ground,
        clauses_then=", then ".join(clauses),
        nouns_then=", then ".join(nouns),
        nouns_followed=", followed by ".join(nouns),
        clauses_and=_and(clauses),
        nouns_and=_and(nouns),
    )
    return _sentence(text)


def in_order(plan: ScenePlan) -> bool:
    """Tell whether the onsets lie far enough apart for words of order."""
    onsets = [event.onset / plan.rate for event in plan.events]
    return all(b - a >= APART_S for a, b in pairwise(onsets))


def description(plan: ScenePlan) -> str:
    """Return the words for the edited event."""
    return _pick(KIND_OF[_edited(plan).label].nouns, generator((*plan.wording_key, 1)))


def instruction(plan: ScenePlan, edit: str) -> str:
    """Return an order that leads from source to target; ``edit`` is one of `EDITS`."""
    template = _pick(EDITS[edit], generator((*plan.wording_key, 2)))
    if plan.melody is not None:
        old, new = plan.melody.instrument, plan.melody.other_instrument
        return _sentence(template.format(old=old, new=new))
    noun = description(plan)
    return template.format(a=noun, the=_known(noun))


def _edited(plan: ScenePlan) -> EventPlan:
    assert plan.edited is not None  # noqa: S101 - rows of edits are planned with one
    return plan.events[plan.edited]


def _clause(event: EventPlan, rng: np.random.Generator) -> str:
    kind = KIND_OF[event.label]
    clause = _pick(kind.clauses, rng)
    tell = kind.countable and (len(event.hits) > 1 or rng.uniform() < 0.3)
    return f"{clause} {TIMES[len(event.hits)]}" if tell else clause


def _music(melody: MelodyPlan) -> dict[str, object]:
    return {
        "name": melody.instrument,
        "mode": melody.mode,
        "bpm": melody.bpm,
        "tempo": tempo_word(melody.bpm),
    }


def _and(parts: list[str]) -> str:
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def _known(noun: str) -> str:
    """Return a noun with "the": of a sound that the listener has heard already."""
    return "the " + noun.removeprefix("an ").removeprefix("a ")


def _sentence(text: str) -> str:
    text = text.replace(" a organ", " an organ").replace("A organ", "An organ")
    return text[0].upper() + text[1:]


def _pick(options: tuple, rng: np.random.Generator):  # type: ignore[no-untyped-def,type-arg]
    return options[int(rng.integers(len(options)))]
