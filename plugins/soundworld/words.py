"""All words that the world's sentences are made of: what a tokenizer should know."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass

from .in_context import ORDERS
from .instruments import INSTRUMENT_LABELS
from .languages.table import BOOKS
from .languages.translation import ASKED
from .pictures.kinds import SIGHTS
from .pictures.wording import IMPACTS, SCENES
from .questions.describing import DESCRIBE
from .questions.requesting import MEANT, NEW_TIMBRE
from .questions.table import ANSWERS, WORDINGS
from .vocabulary import BACKGROUND_LABELS, EVENT_LABELS
from .wording import EDITS

ENGLISH_ONLY = (
    EVENT_LABELS, BACKGROUND_LABELS, INSTRUMENT_LABELS, EDITS, ORDERS, ASKED, SIGHTS, IMPACTS,
    SCENES, WORDINGS, ANSWERS, DESCRIBE,
    MEANT, NEW_TIMBRE,
)  # fmt: skip
WORD = re.compile(r"[^\W\d_]+")
PLACE = re.compile(r"\{\w+\}")


def vocabulary_words(language: str) -> tuple[str, ...]:
    """Return the distinct words of captions, orders, questions and answers, sorted.

    They are spelt as the tables spell them, some with the capital that opens a sentence; any of
    them may open one. What speakers say is not among them.

    Args:
        language: ``"en"``, ``"de"`` or ``"es"``; orders, questions and answers are English.
    """
    parts = (BOOKS[language], *(ENGLISH_ONLY if language == "en" else ()))
    texts = " ".join(text for part in parts for text in _texts(part))
    return tuple(sorted(set(WORD.findall(PLACE.sub(" ", texts)))))


def _texts(part: object) -> Iterator[str]:
    """Yield every text in nested tuples, mappings (their values) and records."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        for value in part.values():
            yield from _texts(value)
    elif is_dataclass(part):
        yield from _texts(vars(part))
    elif isinstance(part, tuple):
        for value in part:
            yield from _texts(value)
