"""What a language needs to tell of a scene or a melody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EventWords:
    """Ways to speak of one kind of event.

    Attributes:
        nouns: the sound as a noun.
        clauses: that it happens; in a language that turns the words of a sentence round, parted
            by bars as ``Book.clause`` reads them.
    """

    nouns: tuple[str, ...]
    clauses: tuple[str, ...]


@dataclass(frozen=True)
class InstrumentWords:
    """An instrument: its bare name, with "a", and where a melody is played ("on the piano")."""

    name: str
    a_name: str
    on_name: str


@dataclass(frozen=True)
class Templates:
    """Sentences with places to fill.

    Places of scenes: ``noun``, ``clause`` and ``after`` (a clause that does not open its sentence)
    of the only event; the same in the plural with how they are joined (``nouns_then``,
    ``nouns_later``, ``clauses_then``, ``after_then``, ``nouns_and``, …) of several.
    Places of melodies: those of `InstrumentWords`, ``tempo``, ``mode``, ``bpm``, ``mood``.
    Of both: ``bed`` and ``ground``, the background as a noun and as a clause.

    Attributes:
        one: a scene of one event.
        in_order: a scene whose events are told in their order.
        together: a scene of events too close for that.
        music: a melody by its tempo and its mode.
        mood: a melody by its mood.
    """

    one: tuple[str, ...]
    in_order: tuple[str, ...]
    together: tuple[str, ...]
    music: tuple[str, ...]
    mood: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """The words and sentences of one language.

    Attributes:
        events: label of an event → its words.
        backgrounds: label → pairs: the background as a noun, and as a clause.
        instruments: label → its words.
        tempi: "slow", "medium", "fast" → the word.
        modes: "major", "minor" → the word.
        moods: label → the word.
        times: count → the word.
        then: what stands between things in order.
        later: the same between nouns, in other words.
        last: what stands before the last of several things at once.
        templates: the sentences.
    """

    events: Mapping[str, EventWords]
    backgrounds: Mapping[str, tuple[tuple[str, str], ...]]
    instruments: Mapping[str, InstrumentWords]
    tempi: Mapping[str, str]
    modes: Mapping[str, str]
    moods: Mapping[str, str]
    times: Mapping[int, str]
    then: str
    later: str
    last: str
    templates: Templates

    def clause(self, words: str, times: str | None, *, opens: bool) -> str:
        """Return a clause with how many times, if that is told.

        Args:
            words: one of `EventWords.clauses`.
            times: one of `Book.times`, or `None`.
            opens: whether the clause opens its sentence; of no matter where word order is fixed.
        """
        return words if times is None else f"{words} {times}"


class VerbSecondBook(Book):
    """A language whose verb comes second, so that it stands first behind an opening.

    Clauses are written ``subject|verb|rest``; how many times is said before the rest.
    """

    def clause(self, words: str, times: str | None, *, opens: bool) -> str:
        """Return a clause in the order that its place asks for."""
        subject, verb, rest = words.split("|")
        head = (subject, verb) if opens else (verb, subject)
        return " ".join(word for word in (*head, times, rest) if word)
