"""A bare phrase with its articles and family, as the table of words and its rules have them."""

from __future__ import annotations

from ..words.table import row_words
from .contract import Phrase
from .texts import bare_label


def phrase_of(text: str) -> Phrase | None:
    """Return a phrase with its articles, or `None` if the text is no bare phrase.

    Rules of thumb of English; a labeller that writes the articles itself does it better.
    """
    label = bare_label(text)
    if label is None:
        return None
    found = row_words(label, None)
    forms = {"indefinite": found.words.indefinite, "definite": found.words.definite}
    return Phrase(label=label, **forms, family=found.family)
