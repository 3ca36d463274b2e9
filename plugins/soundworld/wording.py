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
    "{clause} while {ground}.", "{clause}, and {ground}.", "{noun}, with {bed} behind it.",
    "{noun} over {bed}.", "Over {bed}, {clause}.", "While {ground}, {clause}.",
)  # fmt: skip
IN_ORDER = (
    "First {clauses_then} while {ground}.", "{clauses_then}, over {bed}.",
    "While {ground}, {clauses_then}.", "{nouns_followed}, with {bed} in the background.",
)  # fmt: skip
TOGETHER = (
    "{clauses_and} while {ground}.", "{nouns_and} over {bed}.",
    "Over {bed}, {clauses_and}.", "{nouns_and}, with {bed} in the background.",
)  # fmt: skip
MUSIC = (
    "A {tempo} {mode} melody on the {name} at {bpm} bpm, over {bed}.",
    "The {name} plays a {tempo} tune in {mode}, {bpm} beats per minute, with {bed} behind it.",
    "{tempo} music for {name} in a {mode} key ({bpm} bpm) while {ground}.",
    "While {ground}, a {name} plays a {tempo} {mode} melody at {bpm} bpm.",
)  # fmt: skip
EDITS = {
    "add": ("Add {x}.", "Insert {x} into this recording.", "Let me hear {x} here as well.",
            "Mix in {x}.", "Please put {x} into the scene."),
    "remove": ("Remove {x}.", "Take out {x}.", "Erase {x} from this recording.",
               "I do not want to hear {x}.", "Please delete {x}."),
    "extract": ("Extract {x}.", "Keep only {x}.", "Isolate {x} from the rest.",
                "Leave nothing but {x}.", "Please separate out {x}."),
    "style_transfer": ("Turn the {a} into a {b}.", "Play this on the {b} instead of the {a}.",
                       "Replace the sound of the {a} by that of the {b}.",
                       "Make the {a} sound like the {b}."),
}  # fmt: skip


def caption(plan: ScenePlan) -> str:
    """Return a sentence about the whole scene (of a style pair: about its source)."""
    rng = generator(plan.wording_key)
    bed, ground = _pick(BACKGROUNDS[plan.background], rng)
    if plan.melody is not None:
        text = _pick(MUSIC, rng).format(bed=bed, ground=ground, **_music(plan.melody))
        return _sentence(text.replace("a organ", "an organ"))
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
        nouns_followed=", followed by ".join(nouns),
        clauses_and=_and(clauses),
        nouns_and=_and(nouns),
    )
    return _sentence(text)


def in_order(plan: ScenePlan) -> bool:
    """Tell whether the onsets lie far enough apart for words of order."""
    onsets = [event.onset / plan.rate for event in plan.events]
    return all(b - a >= APART_S for a, b in pairwise(onsets))


def description(plan: ScenePlan) -> str | None:
    """Return the words for the edited event; `None` where none is edited."""
    if plan.edited is None:
        return None
    return _pick(KIND_OF[plan.events[plan.edited].label].nouns, generator((*plan.wording_key, 1)))


def instruction(plan: ScenePlan) -> str | None:
    """Return an order that leads from source to target; `None` where nothing is edited."""
    if plan.locator not in EDITS:
        return None
    template = _pick(EDITS[plan.locator], generator((*plan.wording_key, 2)))
    if plan.melody is not None:
        text = template.format(a=plan.melody.instrument, b=plan.melody.other_instrument)
        return text.replace("a organ", "an organ")
    return template.format(x=description(plan))


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


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _pick(options: tuple, rng: np.random.Generator):  # type: ignore[no-untyped-def,type-arg]
    return options[int(rng.integers(len(options)))]
