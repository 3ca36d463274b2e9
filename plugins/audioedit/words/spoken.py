"""Whether a sound is somebody's voice: speech or song, by which a person can be known."""

from __future__ import annotations

from .conflicts import first_match

SPOKEN = (
    "speech", "voice", "speak", "talk", "sing", "rap", "whisper", "shout", "yell", "chant",
    "choir", "preach", "conversation", "narrat*", "vocal",
)  # fmt: skip
OF_OTHERS = ("bird", "canary", "parrot", "whale", "cricket", "frog", "insect", "bowl", "wind")
"""What sings, talks or whispers, and is nobody."""

WITHOUT_CONSENT = (
    "a voice, from a source that does not say voice_consent: true, which is for recordings whose "
    "speakers agreed to have their voices edited"
)
"""What the rejection ``voice_without_consent`` means."""


def is_voice(words: str) -> bool:
    """Tell whether words name a person who speaks or sings; laughter and crying are none."""
    return first_match(SPOKEN, words) is not None and first_match(OF_OTHERS, words) is None
