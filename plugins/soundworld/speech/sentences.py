"""Sentences: a template filled with words, the words of held-out rows in other combinations."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ....core.errors import DataError
from .lexicon import WORDS

TEMPLATES: tuple[str, ...] = (
    "{which} {being} {does}",
    "{which} {kind} {being} {does}",
    "{which} {being} {does} {when}",
    "{which} {thing} is {kind}",
    "{which} {kind} {thing}",
    "{do} {which} {thing}",
    "{do} {which} {kind} {thing}",
    "don't {do} {which} {thing}",
    "let's {go} {when}",
    "it's {kind} {when}",
    "{name} can {go} {when}",
    "{person} can {go} {when}",
    "{name} can {do} {which} {thing}",
    "{person} {do} {which} {thing}",
    "{greeting} {name}",
    "{kind} {being}",
    "{do} it",
)
"""Words in braces are roles of `WORDS`."""
HELD_OUT_IN = 8
"""One sentence in so many is never said in training."""
TRIES = 2000


@dataclass(frozen=True)
class Sentence:
    """Words, and for each the role that other words could fill in its place (or `None`)."""

    words: tuple[str, ...]
    roles: tuple[str | None, ...]

    @property
    def text(self) -> str:
        """Return the sentence as it is written: lower case, no marks."""
        return " ".join(self.words)


Accept = Callable[[str], bool]


def draw_sentence(rng: np.random.Generator, split: str, accept: Accept) -> Sentence:
    """Return a sentence of a split that ``accept`` agrees to.

    Raises:
        DataError: if none is found, as happens where clips are too short.
    """
    for _ in range(TRIES):
        sentence = _fill(TEMPLATES[int(rng.integers(len(TEMPLATES)))], rng)
        if split_of(sentence.text) == split and accept(sentence.text):
            return sentence
    raise DataError(
        f"Found no sentence of the split '{split}' that fits, in {TRIES} tries; expected clips "
        "long enough for a few words. Raise soundworld's option 'clip_seconds'."
    )


def draw_replacement(
    sentence: Sentence, rng: np.random.Generator, accept: Accept
) -> tuple[Sentence, int] | None:
    """Return the sentence with one word replaced by one of another length, and which one.

    The new sentence belongs to the same split. `None` if nothing fits.
    """
    places = [i for i, role in enumerate(sentence.roles) if role is not None]
    choices = [
        (_with(sentence, i, word), i)
        for i in places
        for word in WORDS[sentence.roles[i] or ""]
        if len(word) != len(sentence.words[i])
    ]
    split = split_of(sentence.text)
    for number in rng.permutation(len(choices)):
        changed, place = choices[number]
        if split_of(changed.text) == split and accept(changed.text):
            return changed, place
    return None


def split_of(text: str) -> str:
    """Return ``"train"`` or ``"test"``: which split a sentence belongs to, whoever says it."""
    first = hashlib.blake2b(text.encode(), digest_size=1).digest()[0]
    return "test" if first % HELD_OUT_IN == 0 else "train"


def _fill(template: str, rng: np.random.Generator) -> Sentence:
    words, roles = [], []
    for part in template.split(" "):
        role = part.strip("{}") if part.startswith("{") else None
        roles.append(role)
        words.append(part if role is None else WORDS[role][int(rng.integers(len(WORDS[role])))])
    return Sentence(tuple(words), tuple(roles))


def _with(sentence: Sentence, place: int, word: str) -> Sentence:
    return replace(sentence, words=(*sentence.words[:place], word, *sentence.words[place + 1 :]))


def vocabulary() -> tuple[str, ...]:
    """Return every word that is ever said, sorted."""
    fixed = {word for template in TEMPLATES for word in re.sub(r"{\w+}", "", template).split()}
    said = {word for words in WORDS.values() for entry in words for word in entry.split()}
    return tuple(sorted(fixed | said))
