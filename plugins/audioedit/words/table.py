"""What sounds are called: the table of ESC-50's classes, and a rule for all other data sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ....core.errors import DataError, suggestion
from ..records import Words, normal_text
from .conflicts import first_match
from .phrases import (
    bare_phrase,
    content_stems,
    definite_phrase,
    indefinite_phrase,
    is_noun_phrase,
    lower_first,
)


@dataclass(frozen=True)
class ClassWords:
    """A kind of sound in words.

    Attributes:
        words: bare, with 'a', with 'the'.
        conflicts: words of captions that tell of the same sound, see `conflicts_with`.
        family: what kind of thing it is: animal, voice, human_other, music, vehicle, tool, nature,
            alarm, impact, electronic or other.
    """

    words: Words
    conflicts: tuple[str, ...]
    family: str


def esc50_words(category: str) -> ClassWords:
    """Return the words of a class of ESC-50.

    Args:
        category: as the csv has it: ``"crying_baby"``.

    Raises:
        DataError: for a category that the table lacks; lists close matches.
    """
    table = _esc50()
    if category not in table:
        close = suggestion(category, table) or f" Expected one of {', '.join(table)}."
        raise DataError(
            f"ESC-50 has no category '{category}' in the table of words.{close} Where the rows are "
            "of another data set, set its words to 'row'."
        )
    return table[category]


def row_words(label: str | None, caption: str | None) -> ClassWords:
    """Return the words of a row's sound: of any data set but ESC-50.

    The caption is taken for the phrase with 'a' if it is a noun phrase ("a dog barking"); what
    the row does not say is made of the label. A label that ESC-50 also has ("dog_barking") takes
    its conflicts and family from the table.

    Args:
        label: such as ``"glass_breaking"``.
        caption: such as ``"glass breaking"``.

    Raises:
        DataError: if there is neither.
    """
    spoken = normal_text(caption or "").rstrip(". ")
    bare = bare_phrase(label or "") or bare_phrase(spoken)
    if not bare:
        raise DataError(
            f"A row has label {label!r} and caption {caption!r}: no word that names its sound. "
            "Give it one of both, or leave the row out."
        )
    named = spoken and is_noun_phrase(spoken, bare if label else None)
    known = _known().get(bare_phrase(label or ""))
    words = Words(
        bare=bare,
        indefinite=lower_first(spoken) if named else indefinite_phrase(bare),
        definite=definite_phrase(bare),
    )
    if known is not None:
        return ClassWords(words, known.conflicts, known.family)
    return ClassWords(words, content_stems(bare), _family(bare) or _family(spoken) or "other")


def english_words(label: str) -> Words:
    """Return the English words of a label: ESC-50's for its categories, else by rule.

    Raises:
        DataError: if it names nothing.
    """
    category = _categories().get(bare_phrase(label))
    return row_words(label, None).words if category is None else esc50_words(category).words


def filed_under(name: str) -> tuple[str, ...]:
    """Return the keys that a table of words in another language may have for a sound.

    Its own bare phrase, and that of the category of ESC-50 that is called so: ``"dog barking"`` →
    ``("dog barking", "dog")``.
    """
    own = bare_phrase(name)
    category = _categories().get(own)
    return (own,) if category is None else (own, bare_phrase(category))


@lru_cache(maxsize=1)
def _categories() -> Mapping[str, str]:
    """Return the categories of ESC-50 by their names and by their bare phrases."""
    by_phrase = {words.words.bare: name for name, words in _esc50().items()}
    return by_phrase | {bare_phrase(name): name for name in _esc50()}


@lru_cache(maxsize=1)
def _esc50() -> Mapping[str, ClassWords]:
    def entry(values: Mapping[str, Any]) -> ClassWords:
        words = Words(**{name: values[name] for name in ("bare", "indefinite", "definite")})
        return ClassWords(words, tuple(values["conflicts"]), values["family"])

    return {name: entry(values) for name, values in _data("esc50.yaml").items()}


@lru_cache(maxsize=1)
def _known() -> Mapping[str, ClassWords]:
    """Return the table by bare phrases and by names of classes, for labels that are the same."""
    table = _esc50()
    by_name = {bare_phrase(name): words for name, words in table.items()}
    return by_name | {words.words.bare: words for words in table.values()}


def _family(text: str) -> str | None:
    families = _data("families.yaml").items()
    return next((name for name, entries in families if first_match(entries, text)), None)


@lru_cache(maxsize=4)
def _data(name: str) -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((files(__package__) / name).read_text("utf-8"))
    return loaded
