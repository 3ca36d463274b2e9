"""The words of an utterance with one less, one more, or another in the place of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..providers.given_words import folded
from .config import Operation
from .other_words import OtherWords


def _without(
    old: Sequence[str], place: int, rng: np.random.Generator, words: OtherWords
) -> list[str] | None:
    """Return the words without one that no neighbour repeats, so that it is clear which is gone."""
    del rng, words
    near = [folded(word) for word in old[max(0, place - 1) : place + 2]]
    return None if near.count(folded(old[place])) > 1 else [*old[:place], *old[place + 1 :]]


def _with_another(
    old: Sequence[str], place: int, rng: np.random.Generator, words: OtherWords
) -> list[str] | None:
    before, behind = _beside(old, place - 1), _beside(old, place + 1)
    plain = folded(old[place])
    new = words.draw(rng, before, behind, replaces=plain, avoid=[*map(folded, old)])
    return None if new is None else [*old[:place], written_as(old[place], new), *old[place + 1 :]]


def _with_more(
    old: Sequence[str], place: int, rng: np.random.Generator, words: OtherWords
) -> list[str] | None:
    before, behind = _beside(old, place - 1), _beside(old, place)
    new = words.draw(rng, before, behind, avoid=[*map(folded, old)])
    if new is None:
        return None
    return [*old[:place], new.upper() if _shouts(old) else new, *old[place:]]


def written_as(old: str, new: str) -> str:
    """Return a word with the capitals and marks of the one that it replaces."""
    begin = next((i for i, c in enumerate(old) if c.isalnum()), 0)
    end = next((len(old) - i for i, c in enumerate(reversed(old)) if c.isalnum()), len(old))
    core = old[begin:end]
    cased = new.upper() if _shouts([core]) else new.capitalize() if core[:1].isupper() else new
    return f"{old[:begin]}{cased}{old[end:]}"


def _shouts(words: Sequence[str]) -> bool:
    """Tell whether words are written in capitals throughout, more than one letter of them."""
    letters = [c for word in words for c in word if c.isalpha()]
    return len(letters) > 1 and all(c.isupper() for c in letters)


def _beside(words: Sequence[str], place: int) -> str | None:
    return folded(words[place]) if 0 <= place < len(words) else None


NEW_WORDS: Mapping[
    Operation,
    Callable[[Sequence[str], int, np.random.Generator, OtherWords], list[str] | None],
] = {"delete": _without, "replace": _with_another, "insert": _with_more}
"""Operation → what it makes of words at a place; `None` where it cannot be done."""
