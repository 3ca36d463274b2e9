"""English. Its words for events and backgrounds are those of the world's `vocabulary`."""

from __future__ import annotations

from ..instruments import INSTRUMENT_LABELS
from ..moods import MOOD_LABELS
from ..vocabulary import BACKGROUNDS, KINDS, TIMES
from .book import Book, EventWords, InstrumentWords, Templates


def _instrument(name: str) -> InstrumentWords:
    article = "an" if name[0] in "aeiou" else "a"
    return InstrumentWords(name, f"{article} {name}", f"on the {name}")


ENGLISH = Book(
    events={kind.label: EventWords(kind.nouns, kind.clauses) for kind in KINDS},
    backgrounds=BACKGROUNDS,
    instruments={name: _instrument(name) for name in INSTRUMENT_LABELS},
    tempi={word: word for word in ("slow", "medium", "fast")},
    modes={word: word for word in ("major", "minor")},
    moods={word: word for word in MOOD_LABELS},
    times=TIMES,
    then=", then ",
    later=", followed by ",
    last=" and ",
    templates=Templates(
        one=(
            "{clause} while {ground}.", "{clause}, and {ground}.", "{noun} over {bed}.",
            "{noun} with {bed} behind.", "Over {bed}, {after}.", "While {ground}, {after}.",
            "{bed} and {noun}.", "{ground} and {after}.",
        ),
        in_order=(
            "{clauses_then}, over {bed}.", "{clauses_then}, while {ground}.",
            "While {ground}, {after_then}.", "Over {bed}, {after_then}.",
            "{ground}; {clauses_then}.", "{nouns_later}, over {bed}.",
            "{nouns_then}, with {bed} behind.", "{bed} with {nouns_then}.",
        ),
        together=(
            "{clauses_and}, over {bed}.", "{clauses_and} while {ground}.",
            "While {ground}, {after_and}.", "Over {bed}, {after_and}.", "{ground}; {clauses_and}.",
            "{nouns_and} over {bed}.", "{nouns_and}, with {bed} behind.", "{bed} with {nouns_and}.",
        ),
        music=(
            "A {tempo} {mode} melody {on_name} over {bed}.",
            "The {name} plays a {tempo} tune in a {mode} key while {ground}.",
            "A {tempo} {mode} tune for {name}, with {bed} behind.",
            "{tempo} music for {name} in a {mode} key, {bpm} bpm, over {bed}.",
            "While {ground}, {a_name} plays a {tempo} {mode} melody.",
            "{a_name} plays in a {mode} key at {bpm} bpm while {ground}.",
            "Over {bed}, {a_name} plays a {mode} tune at {bpm} bpm.",
            "{name} solo: a {tempo} {mode} melody over {bed}.",
        ),
        mood=(
            "A {mood} melody {on_name} over {bed}.",
            "The {name} plays a {mood} tune while {ground}.",
            "{mood} music for {name}, with {bed} behind.",
            "While {ground}, {a_name} plays a {mood} melody.",
        ),
    ),
)  # fmt: skip
