"""Which words two texts do not share, and which part of a recording that makes anew."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from ..providers.given_words import folded
from ..providers.values import SpokenWord

Kind = Literal["insert", "delete", "replace"]
VOWELS = frozenset("aeiouyæøœɑəɛɪɔʊ")


@dataclass(frozen=True)
class Change:
    """Old words ``start … end`` that become new words ``new_start … new_end``; by number."""

    kind: Kind
    start: int
    end: int
    new_start: int
    new_end: int


@dataclass(frozen=True)
class Region:
    """A part of a recording that is made anew, in seconds.

    Attributes:
        start_s: where it begins in the recording.
        end_s: where it ends there.
        new_s: how long it is afterwards.
    """

    start_s: float
    end_s: float
    new_s: float


def plain_words(text: str) -> list[str]:
    """Return the words of a text without marks, in lower case."""
    return [word for word in map(folded, text.split()) if word]


def changes(old: Sequence[str], new: Sequence[str]) -> list[Change]:
    """Return what makes one list of words the other, in order: the longest that is shared stays.

    Words are compared as `folded` leaves them.
    """
    matcher = SequenceMatcher(a=[*map(folded, old)], b=[*map(folded, new)], autojunk=False)
    return [Change(kind, *places) for kind, *places in matcher.get_opcodes() if kind != "equal"]


def regions(
    found: Sequence[Change],
    times: Sequence[SpokenWord],
    new_words: Sequence[str],
    *,
    seconds: float,
    seconds_per_syllable: float,
    pace: tuple[float, float],
    widen_s: float,
    merge_s: float,
) -> list[Region]:
    """Return the parts of a recording that changes of its words make anew.

    A part reaches from the end of the last word that is kept to the start of the next one, and
    ``widen_s`` into both. Parts nearer than ``merge_s`` become one. New words last their syllables
    at the speaker's pace; words that replace others at the pace of those, which is limited to
    ``pace`` times the speaker's. All else of a part, pauses and edges, stays as long as it was.

    Args:
        found: the changes, in order.
        times: of the old words.
        new_words: of the new text.
        seconds: length of the recording.
        seconds_per_syllable: of the speaker, pauses left out.
        pace: least and most of it.
        widen_s: how far a part reaches into the words beside it.
        merge_s: largest gap between parts that become one.

    Source: spec section 7.3.
    """
    parts: list[Region] = []
    for change in found:
        start = times[change.start - 1].end_s if change.start else 0.0
        end = times[change.end].start_s if change.end < len(times) else seconds
        start, end = max(0.0, start - widen_s), min(seconds, max(start, end) + widen_s)
        old = times[change.start : change.end]
        spoken = sum(word.end_s - word.start_s for word in old)
        own = spoken / max(1, sum(syllables(word.text) for word in old))
        least, most = (limit * seconds_per_syllable for limit in pace)
        each = min(max(own, least), most) if old else seconds_per_syllable
        new = each * sum(syllables(w) for w in new_words[change.new_start : change.new_end])
        part = Region(start, end, end - start - spoken + new)
        if parts and part.start_s - parts[-1].end_s < merge_s:
            part = _joined(parts.pop(), part)
        parts.append(part)
    return parts


def _joined(first: Region, second: Region) -> Region:
    """Return two parts as one; what lies between them, or in both, counts once."""
    between = second.start_s - first.end_s
    return Region(first.start_s, second.end_s, first.new_s + second.new_s + between)


def pace_of(words: Sequence[SpokenWord]) -> float:
    """Return the seconds that a syllable of some words takes, pauses between them left out."""
    spoken = sum(word.end_s - word.start_s for word in words)
    return spoken / max(1, sum(syllables(word.text) for word in words))


def syllables(word: str) -> int:
    """Return about how many syllables a word has, 1 at least.

    Groups of vowels, less a silent e at the end; of scripts that write syllables or words, their
    characters; of other scripts a third of the letters.
    """
    plain = unicodedata.normalize("NFKD", word.casefold())
    letters = "".join(c for c in plain if c.isalpha())
    signs = sum("\u3040" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" for c in letters)
    if signs:
        return signs
    if not any(c in VOWELS for c in letters):
        latin = all(c.isascii() for c in letters)
        return 1 if latin else max(1, round(len(letters) / 3))
    groups = sum(
        c in VOWELS and (i == 0 or letters[i - 1] not in VOWELS) for i, c in enumerate(letters)
    )
    written = "".join(c for c in unicodedata.normalize("NFC", word.casefold()) if c.isalpha())
    silent = written.endswith("e") and not written.endswith(("le", "ee")) and groups > 1
    return max(1, groups - silent)
