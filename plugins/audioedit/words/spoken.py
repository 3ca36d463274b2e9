"""Whether a sound is somebody's voice: speech or song, by which a person can be known."""

from __future__ import annotations

from .conflicts import first_match

SPEECH = (
    "speech", "voice", "speak", "talk", "whisper", "shout", "yell", "preach", "conversation",
    "narrat*",
)  # fmt: skip
SONG = ("sing", "rap", "chant", "choir", "vocal")
OF_OTHERS = ("bird", "canary", "parrot", "whale", "cricket", "frog", "insect", "bowl", "wind")
"""What sings, talks or whispers, and is nobody; unless people are named beside it."""
PEOPLE = (
    "person", "people", "someone", "man", "men", "woman", "women", "male", "female", "boy", "girl",
    "child", "children", "kid", "crowd", "speech", "conversation",
)  # fmt: skip

WITHOUT_CONSENT = (
    "a voice, from a source that does not say voice_consent: true, which is for recordings whose "
    "speakers agreed to have their voices edited"
)
"""What the rejection ``voice_without_consent`` means."""


def is_voice(words: str) -> bool:
    """Tell whether words name a person who speaks or sings; laughter and crying are none."""
    return _names(words, (*SPEECH, *SONG))


def is_speech(words: str) -> bool:
    """Tell whether words name a person who speaks."""
    return _names(words, SPEECH)


def _names(words: str, entries: tuple[str, ...]) -> bool:
    is_nobody = first_match(OF_OTHERS, words) is not None and first_match(PEOPLE, words) is None
    return first_match(entries, words) is not None and not is_nobody
