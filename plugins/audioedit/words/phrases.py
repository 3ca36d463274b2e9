"""English phrases for a sound from its label and caption: with 'a', with 'the', and bare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import yaml

ARTICLES = frozenset({"a", "an", "the", "some"})
LONGEST_CAPTION = 9
_VOWEL_SOUND = re.compile(r"(?!uni|use|eu|one|uku)(?:[aeiou]|hour)")


def bare_phrase(text: str) -> str:
    """Return a label as a bare phrase: ``"glass_breaking"`` → ``"glass breaking"``.

    Of a list of names ("vehicle horn, car horn") the first is taken; brackets are dropped.
    """
    first = re.sub(r"\(.*?\)", " ", text).split(",")[0]
    words = re.sub(r"[\W_]+", " ", first.replace("'", "’")).lower().split()
    while len(words) > 1 and words[0] in ARTICLES:
        words = words[1:]
    return " ".join(words)


def indefinite_phrase(bare: str) -> str:
    """Return a phrase as one hears it first: ``"a dog barking"``, ``"footsteps"``."""
    played = _played(bare)
    if played:
        return f"{indefinite_phrase(played)} playing"
    noun = _subject(bare)
    if noun is None or noun in _kinds()["uncounted"] or any(map(is_plural, bare.split())):
        return bare
    return f"{'an' if _VOWEL_SOUND.match(bare) else 'a'} {bare}"


def definite_phrase(bare: str) -> str:
    """Return a phrase as one speaks of it again: ``"the barking dog"``, ``"the footsteps"``."""
    words = (_played(bare) or bare).split()
    verbs = [word for word in words if is_participle(word)]
    if len(words) > 2 and verbs and words[0] == verbs[0]:
        return f"the sound of {' '.join(words)}"  # "sawing wood by hand"
    if len(words) > 1 and verbs == words[-1:]:
        words = [words[-1], *words[:-1]]
    return f"the {' '.join(words)}"


def is_noun_phrase(caption: str, label: str | None = None) -> bool:
    """Tell whether a caption names a thing that sounds, rather than saying a sentence.

    ``"a dog barking"`` and ``"sea waves on the shore"`` do; ``"a dog barks"`` and ``"a man speaks
    while a dog barks"`` do not. Where that cannot be told from the words, it is no.

    Args:
        caption: a text.
        label: a bare phrase of the same sound, which helps to tell nouns from verbs.
    """
    words = caption.lower().rstrip(".! ").split()
    if not words or len(words) > LONGEST_CAPTION or not _kinds()["clause"].isdisjoint(words):
        return False
    if not re.fullmatch(r"[\w’' -]+", caption.rstrip(".! ")):
        return False
    one = words[0] in ("a", "an")
    head = words[: next((i for i, word in enumerate(words) if is_participle(word)), len(words))]
    if one and any(is_plural(word) for word in head[1:]):
        return False  # "a dog barks": a verb, as far as words tell
    if words[0] in ARTICLES or len(head) < len(words):
        return True
    named = set((label or "").split())
    return label is None or bool(named & {head[-1], _before_place(head)})


def lower_first(text: str) -> str:
    """Return a caption as it stands within a sentence; "AM radio" keeps its capitals."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def is_plural(noun: str) -> bool:
    """Tell whether a noun is of many, by its ending."""
    if noun in _kinds()["plural"] or noun in _kinds()["singular"]:
        return noun in _kinds()["plural"]
    return noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and len(noun) > 2


def is_many(definite: str) -> bool:
    """Tell whether a phrase with 'the' is of many, by its noun.

    ``"the footsteps"`` and ``"the birds in a tree"`` are; ``"the sound of sawing logs"`` is not.
    """
    words = definite.split()
    return is_plural(_before_place(words[1:] or words))


def is_participle(word: str) -> bool:
    """Tell whether a word ends in -ing as verbs do, unlike "ring" and "string"."""
    return word.endswith("ing") and re.search("[aeiouy]", word[:-3]) is not None


def content_stems(phrase: str) -> tuple[str, ...]:
    """Return what a caption of the same sound would contain: nouns and verbs without endings.

    ``"glass breaking"`` → ``("glass", "break", …)``; forms that only look like a stem do no harm.
    """
    found: dict[str, None] = {}
    for word in phrase.split():
        if word not in _kinds()["empty"] and len(word) > 1:
            found.update(dict.fromkeys(_stems(word)))
    return tuple(found)


_DROPPED_E = re.compile(r"[^aeiou][aeiouy][^aeiouwxy]$|[^aeiouwl]l$|[cvz]$|[^ng]g$")
"""Ends of stems that may have lost an e before -ing: rattl, bounc, charg."""


def _stems(word: str) -> list[str]:
    if is_participle(word):
        stem = word[:-3]
        return [f"{stem}e", stem] if _DROPPED_E.search(stem) else [_undoubled(stem)]
    if is_plural(word):
        return [word.removesuffix("es" if word.endswith(("sses", "shes", "ches", "xes")) else "s")]
    return [word]


def _undoubled(stem: str) -> str:
    doubled = len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "aeiouls"
    return stem[:-1] if doubled else stem


def _subject(bare: str) -> str | None:
    """Return the noun that decides the article, or `None` where there is none: "sawing"."""
    words = bare.split()
    nouns = words[:-1] if is_participle(words[-1]) else words
    return nouns[-1] if nouns and not is_participle(nouns[-1]) else None


def _played(bare: str) -> str | None:
    """Return the instrument of "playing acoustic guitar"."""
    return bare.removeprefix("playing ") if bare.startswith("playing ") else None


def _before_place(words: list[str]) -> str:
    """Return the last word before a preposition."""
    places = ("of", "in", "on", "at", "with", "from", "over", "outdoors", "indoors")
    end = next((i for i, word in enumerate(words) if word in places and i), len(words))
    return words[end - 1]


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, frozenset[str]]:
    text = (files(__package__) / "kinds_of_words.yaml").read_text("utf-8")
    return {kind: frozenset(words) for kind, words in yaml.safe_load(text).items()}
