"""When each character is heard: a function of text, pace and rate alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from ....core.errors import DataError
from .phones import PHONES

LEAD_SECONDS, TAIL_SECONDS = 0.04, 0.06
"""Silence before the first character and after the last, whatever the pace."""


@dataclass(frozen=True)
class Span:
    """A stretch of an utterance, in samples, and the text that is said in it."""

    text: str
    onset: int
    length: int

    @property
    def end(self) -> int:
        """Return the first sample after it."""
        return self.onset + self.length


@dataclass(frozen=True)
class Timing:
    """The characters of an utterance in order, without gaps, and its length in samples."""

    phones: tuple[Span, ...]
    samples: int
    rate: int

    @property
    def words(self) -> tuple[Span, ...]:
        """Return the words, each from its first character to its last."""
        groups = groupby(self.phones, key=lambda span: span.text == " ")
        return tuple(_joined(tuple(group)) for space, group in groups if not space)


def time_text(text: str, pace: float, rate: int) -> Timing:
    """Return when each character of a text is heard.

    A character lasts as long as its phone, divided by the pace, in whole samples; a space is a
    short silence. Nothing about it is random, so text and total length tell all of it.

    Args:
        text: lower-case words.
        pace: how much faster than usual.
        rate: samples per second.

    Raises:
        DataError: if the text is empty, or has characters that have no phone.
    """
    check_text(text)
    phones, at = [], round(LEAD_SECONDS * rate)
    for char in text:
        length = round(PHONES[char].seconds / pace * rate)
        phones.append(Span(char, at, length))
        at += length
    return Timing(tuple(phones), at + round(TAIL_SECONDS * rate), rate)


def check_text(text: str) -> None:
    """Refuse a text that cannot be said.

    Raises:
        DataError: if the text is empty, or has characters that have no phone.
    """
    if not text.strip():
        raise DataError(f"Got the text {text!r}; expected words to say.")
    if unknown := sorted(set(text) - PHONES.keys()):
        shown = " ".join(map(repr, unknown))
        raise DataError(
            f"The voice has no phone for {shown} in {text!r}; expected letters a to z in lower "
            "case, spaces and apostrophes. Spell the text with these."
        )


def _joined(spans: tuple[Span, ...]) -> Span:
    text = "".join(span.text for span in spans)
    return Span(text, spans[0].onset, sum(span.length for span in spans))
