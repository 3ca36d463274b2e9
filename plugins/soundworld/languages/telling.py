"""A plan → a sentence in any language, and what the sentence told.

What is drawn does not depend on the language: books have the same number of ways to say a thing,
so one plan is told with the same facts in each.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..melody import tempo_word
from ..moods import mood_of
from ..plan import EventPlan, MelodyPlan, ScenePlan, generator, pick
from ..vocabulary import KIND_OF
from .book import Book

APART_S = 0.3
"""Onsets closer than this are not put in order by words."""


@dataclass(frozen=True)
class Told:
    """A caption, and what it told.

    Attributes:
        text: the sentence.
        template: the sentence before its places were filled.
        counts: how many hits were told of each event; `None` where the sentence leaves it open.
    """

    text: str
    template: str
    counts: tuple[int | None, ...] = ()

    @property
    def ordered(self) -> bool:
        """Whether the sentence says in which order things happen."""
        return "_then}" in self.template or "_later}" in self.template


def tell(plan: ScenePlan, book: Book) -> Told:
    """Return a caption of a whole scene or melody (of a style pair: of its source)."""
    rng = generator(plan.wording_key)
    bed, ground = pick(book.backgrounds[plan.background], rng)
    if plan.melody is not None:
        mood = mood_of(plan.melody)
        template = pick(book.templates.music + (book.templates.mood if mood else ()), rng)
        facts = _melody(plan.melody, book)
        return Told(sentence(template.format(bed=bed, ground=ground, **facts)), template)
    drawn = [(pick(book.events[e.label].clauses, rng), _count(e, rng)) for e in plan.events]
    clauses, told = [words for words, _ in drawn], [count for _, count in drawn]
    nouns = [pick(book.events[event.label].nouns, rng) for event in plan.events]
    template = pick(_templates(plan, book), rng)
    places = _events(clauses, told, nouns, book)
    counts = told if "clause" in template or "after" in template else [None] * len(told)
    return Told(
        sentence(template.format(bed=bed, ground=ground, **places)), template, tuple(counts)
    )


def in_order(plan: ScenePlan) -> bool:
    """Tell whether the onsets lie far enough apart for words of order."""
    onsets = [event.onset / plan.rate for event in plan.events]
    return all(b - a >= APART_S for a, b in pairwise(onsets))


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[0].upper() + text[1:]


def _templates(plan: ScenePlan, book: Book) -> tuple[str, ...]:
    if len(plan.events) == 1:
        return book.templates.one
    return book.templates.in_order if in_order(plan) else book.templates.together


def _count(event: EventPlan, rng: np.random.Generator) -> int | None:
    """Return how many hits are told: of what is countable, several always and one at times."""
    told = KIND_OF[event.label].countable and (len(event.hits) > 1 or rng.uniform() < 0.3)
    return len(event.hits) if told else None


def _melody(melody: MelodyPlan, book: Book) -> dict[str, object]:
    words, mood = book.instruments[melody.instrument], mood_of(melody)
    return {
        "name": words.name,
        "a_name": words.a_name,
        "on_name": words.on_name,
        "mode": book.modes[melody.mode],
        "bpm": melody.bpm,
        "tempo": book.tempi[tempo_word(melody.bpm)],
        "mood": book.moods[mood] if mood else None,
    }


def _events(
    clauses: list[str], told: list[int | None], nouns: list[str], book: Book
) -> dict[str, str]:
    times = [None if count is None else book.times[count] for count in told]
    opening, after = (
        [book.clause(c, t, opens=opens) for c, t in zip(clauses, times, strict=True)]
        for opens in (True, False)
    )
    return {
        "noun": nouns[0],
        "clause": opening[0],
        "after": after[0],
        "nouns_then": book.then.join(nouns),
        "nouns_later": book.later.join(nouns),
        "nouns_and": _at_once(nouns, book),
        # Behind "then", too, a clause does not open its sentence.
        "clauses_then": book.then.join([opening[0], *after[1:]]),
        "after_then": book.then.join(after),
        "clauses_and": _at_once(opening, book),
        "after_and": _at_once(after, book),
    }


def _at_once(parts: list[str], book: Book) -> str:
    return book.last.join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
