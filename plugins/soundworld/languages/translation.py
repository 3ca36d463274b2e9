"""A caption in some language, and what it says in plain English: always in the same words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..config import SoundworldOptions
from ..melody import plan_melody, tempo_word
from ..moods import mood_of
from ..plan import MelodyPlan, ScenePlan, generator, pick, plan_scene
from .english import ENGLISH
from .table import BOOKS
from .telling import Told, sentence, tell

ASKED = (
    "Say this in English: {caption}",
    "Put this in plain English: {caption}",
    "{caption} Say it in English.",
    "{caption}",
)
"""The last asks for nothing: so a caption comes to the model where sound is to be made."""


@dataclass(frozen=True)
class Translation:
    """A text to be said in English.

    Attributes:
        scene: what the text tells of.
        language: code of the text's language.
        question: the text, with or without words that ask for English.
        answer: what the text says, and nothing that it leaves open.
    """

    scene: ScenePlan
    language: str
    question: str
    answer: str


def plan_translation(options: SoundworldOptions, key: tuple[int, ...]) -> Translation:
    """Return a caption of a scene or a melody, and its answer; each language is as likely."""
    rng = generator((*key, 200))
    language = pick(tuple(BOOKS), rng)
    scene = plan_melody(options, key) if rng.integers(2) else plan_scene(options, key)
    scene = replace(scene, language=language)
    told = tell(scene, BOOKS[language])
    question = pick(ASKED, rng).format(caption=told.text)
    return Translation(scene, language, question, plain_english(scene, told))


def plain_english(plan: ScenePlan, told: Told) -> str:
    """Return what a caption told in the one form that answers have."""
    bed = ENGLISH.backgrounds[plan.background][0][0]
    said = _events(plan, told) if plan.melody is None else _melody(plan.melody, told.template)
    return sentence(f"{said}, over {bed}.")


def _events(plan: ScenePlan, told: Told) -> str:
    clauses = [
        ENGLISH.clause(
            ENGLISH.events[event.label].clauses[0],
            None if count is None else ENGLISH.times[count],
            opens=True,
        )
        for event, count in zip(plan.events, told.counts, strict=True)
    ]
    return (ENGLISH.then if told.ordered else ENGLISH.last).join(clauses)


def _melody(melody: MelodyPlan, template: str) -> str:
    facts = {"mood": mood_of(melody), "tempo": tempo_word(melody.bpm), "mode": melody.mode}
    words = [str(word) for place, word in facts.items() if f"{{{place}}}" in template]
    pace = f" at {melody.bpm} bpm" if "{bpm}" in template else ""
    return f"a {' '.join(words)} melody {ENGLISH.instruments[melody.instrument].on_name}{pace}"
