"""Whether a caption tells of a sound already: words with their endings, never bare prefixes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ENDINGS = ("s", "es", "ed", "ing", "y", "er", "ers")
PREFIX_MARK = "*"
_WORD = re.compile(r"[^\W\d_]+")


def conflicts_with(entries: Iterable[str], caption: str) -> bool:
    """Tell whether a caption speaks of a sound, so that it must not be added to that recording.

    Args:
        entries: ``conflicts`` of the sound's words.
        caption: of a background, in any case.

    Source: the guard of label conflicts is ours; the paper has none.
    """
    return first_match(entries, caption) is not None


def first_match(entries: Iterable[str], text: str) -> str | None:
    """Return the first entry that a word of the text equals or inflects, or `None`."""
    found = words_of(text)
    return next((e for e in entries if any(matches(e, word) for word in found)), None)


def matches(entry: str, word: str) -> bool:
    """Tell whether a lower-case word is an entry, or the entry with an ending.

    Endings are s, es, d, ed, ing, y, er and ers, with or without the last consonant doubled. A d
    alone only follows an e ("breathe", "breathed"), or a crowd would be a crow. ``*`` at the end
    of an entry marks a plain prefix.
    """
    if entry.endswith(PREFIX_MARK):
        return word.startswith(entry[:-1])
    return word in _forms(entry)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without digits and punctuation."""
    return _WORD.findall(text.lower())


@lru_cache(maxsize=4096)
def _forms(entry: str) -> frozenset[str]:
    stems = [entry] if entry[-1] in "aeiouy" else [entry, entry + entry[-1]]
    forms = {stem + ending for stem in stems for ending in ENDINGS} | {entry}
    return frozenset(forms | ({f"{entry}d"} if entry.endswith("e") else set()))
