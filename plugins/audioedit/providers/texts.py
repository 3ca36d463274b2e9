"""The bare phrases that sounds are called by."""

from __future__ import annotations

import re

from ..records import normal_text

MOST_WORDS, MOST_LETTERS = 6, 80

_ARTICLE = re.compile(r"^(?:(?:a|an|the|some)\s+)+")
_EDGE = " \t.,;:!?\"'`*_()[]{}<>«»“”‘’–—-/\\|"


def bare_label(text: str) -> str | None:
    """Return a phrase as separators were trained on it, or `None` if it is none.

    Lower case, without article, quotes and full stop; one to six words of 80 letters at most.
    """
    label = normal_text(normal_text(text).lower()).strip(_EDGE)
    while (bare := _ARTICLE.sub("", label).strip(_EDGE)) != label:
        label = bare
    spoken = any(c.isalnum() for c in label)
    fits = len(label) <= MOST_LETTERS and len(label.split()) <= MOST_WORDS
    return label if spoken and fits else None
