"""A bare phrase with its articles: "dog barking", "a dog barking", "the dog barking"."""

from __future__ import annotations

from .contract import Phrase
from .families import family_of
from .texts import bare_label

_NO_ARTICLE = frozenset(
    [
        "applause",
        "breathing",
        "chatter",
        "clapping",
        "fire",
        "footsteps",
        "gunfire",
        "hail",
        "knocking",
        "laughter",
        "lightning",
        "mooing",
        "music",
        "people",
        "rain",
        "sand",
        "snow",
        "speech",
        "static",
        "steam",
        "thunder",
        "traffic",
        "typing",
        "water",
        "white",
        "wind",
    ]
)
"""First words that take no 'a': what cannot be counted, and what is many."""

_PERSONS_DO = frozenset(
    [
        "beat",
        "blow",
        "brush",
        "chop",
        "clap",
        "cut",
        "drink",
        "eat",
        "fold",
        "hammer",
        "hit",
        "play",
        "pour",
        "ring",
        "rip",
        "rub",
        "saw",
        "scratch",
        "scrub",
        "shake",
        "sharpen",
        "shuffle",
        "sing",
        "sip",
        "slap",
        "strike",
        "strum",
        "sweep",
        "swim",
        "tap",
        "tear",
        "throw",
        "tie",
        "tune",
        "type",
        "use",
        "wash",
        "whittle",
        "write",
        "yodel",
    ]
)
"""Verbs that a phrase may begin with, because a person does it: 'playing acoustic guitar'."""


def phrase_of(text: str) -> Phrase | None:
    """Return a phrase with its articles, or `None` if the text is no bare phrase.

    Rules of thumb of English; a labeller that writes the articles itself does it better.
    """
    label = bare_label(text)
    if label is None:
        return None
    first, _, rest = label.partition(" ")
    if rest and _is_deed(first):
        forms = (f"someone {label}", f"the {rest} {first}")
    elif _takes_no_article(first, rest):
        forms = (label, f"the {label}")
    else:
        forms = (f"{'an' if label[0] in 'aeiou' else 'a'} {label}", f"the {label}")
    return Phrase(label=label, indefinite=forms[0], definite=forms[1], family=family_of(label))


def _is_deed(word: str) -> bool:
    if not word.endswith("ing"):
        return False
    stem = word.removesuffix("ing")
    doubled = len(stem) > 2 and stem[-1] == stem[-2] and stem[:-1] in _PERSONS_DO
    return stem in _PERSONS_DO or f"{stem}e" in _PERSONS_DO or doubled


def _takes_no_article(first: str, rest: str) -> bool:
    many = first.endswith("s") and not first.endswith(("ss", "us", "is"))
    return first in _NO_ARTICLE or many or (not rest and first.endswith("ing"))
