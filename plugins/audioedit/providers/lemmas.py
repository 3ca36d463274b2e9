"""Words without their endings, well enough to tell whether two phrases name one source."""

from __future__ import annotations

ARTICLES = frozenset({"a", "an", "the", "some", "someone", "something", "of", "and"})
_SHORTEST = 3
"""Letters that have to remain of a word."""


def lemmas(text: str) -> frozenset[str]:
    """Return the set of a text's words without endings and articles: "barking dogs" → bark, dog."""
    return frozenset(lemma(word) for word in text.lower().split() if word not in ARTICLES)


def lemma(word: str) -> str:
    """Return an English word without plural, -ing, -ed or -er, its doubled consonant single.

    It need not be a word of the dictionary, only the same for all forms of one.
    """
    word = word.lower().removesuffix("'s").replace("-", "")
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if word.endswith(ending) and not word.endswith(("ss", "us", "is")):
            word = _cut(word, ending, instead)
            break
    for ending in ("ings", "ing", "ed", "er"):
        cut = _cut(word, ending)
        if cut != word:
            word = cut
            if len(word) > _SHORTEST and word[-1] == word[-2] and word[-1] not in "aeiouls":
                word = word[:-1]
            break
    return word.removesuffix("e") if len(word) > _SHORTEST else word


def _cut(word: str, ending: str, instead: str = "") -> str:
    stem = word.removesuffix(ending)
    found = stem + instead
    return found if stem != word and len(found) >= _SHORTEST else word
