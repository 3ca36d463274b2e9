"""Words that could stand at a place of a sentence, as other sentences have them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from .word_changes import plain_words, syllables

CLOSE = 1
"""How many syllables a word may have more or fewer than the one that it replaces."""


class OtherWords:
    """The words of all transcripts, and between which others they were said.

    A word that was said after the one before a place, or before the one behind it, is likelier to
    make a sentence there than any; meaning is not looked at.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Take the words of some texts, in any order; marks and capitals do not count."""
        self._after: defaultdict[str, set[str]] = defaultdict(set)
        self._before: defaultdict[str, set[str]] = defaultdict(set)
        self._known: set[str] = set()
        for text in texts:
            words = plain_words(text)
            self._known.update(words)
            for word, following in pairwise(words):
                self._after[word].add(following)
                self._before[following].add(word)

    def draw(
        self,
        rng: np.random.Generator,
        before: str | None,
        behind: str | None,
        *,
        replaces: str | None = None,
        avoid: Sequence[str] = (),
    ) -> str | None:
        """Return a word for a place, the best fitting kind first; `None` if there is none.

        Args:
            rng: draws among those that fit equally well.
            before: the word before the place, plain; `None` at the beginning.
            behind: the word behind it; `None` at the end.
            replaces: the word that it stands in for: the new one is about as long.
            avoid: words that it must not be.
        """
        after = self._after[before] if before is not None and before in self._after else set()
        ahead = self._before[behind] if behind is not None and behind in self._before else set()
        shut = {*avoid, *(word for word in (before, behind, replaces) if word is not None)}
        for kind in (after & ahead, after | ahead, self._known):
            fitting = sorted(word for word in kind - shut if _as_long(word, replaces))
            if fitting:
                return fitting[int(rng.integers(len(fitting)))]
        return None


def _as_long(word: str, replaced: str | None) -> bool:
    return replaced is None or abs(syllables(word) - syllables(replaced)) <= CLOSE
