"""Plain descriptions of scenes, for baselines that are told the answer, and for CLAP."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import normal_text
from .language import CaptionWords
from .phrases import lower_first

ENGLISH_CAPTIONS = CaptionWords()


def scene_caption(
    background: str | None, sounds: Sequence[str], words: CaptionWords = ENGLISH_CAPTIONS
) -> str:
    """Return a scene in plain words: ``"rain falling, and a dog barking"``.

    Args:
        background: caption of what goes on behind; `None` where there is nothing.
        sounds: phrases with 'a' of what sounds before it, in the order they are to be named.
        words: how the language of the phrases lists things.
    """
    behind = normal_text(background or "").rstrip(". ")
    behind = lower_first(behind) if words.lower_first else behind
    named = [normal_text(sound) for sound in sounds]
    if not named:
        return behind or words.nothing
    if not behind:
        return _listed(named, words)
    return f"{words.comma.join([behind, *named[:-1]])}{words.last}{named[-1]}"


def _listed(sounds: Sequence[str], words: CaptionWords) -> str:
    if len(sounds) <= 2:
        return words.two.join(sounds)
    return f"{words.comma.join(sounds[:-1])}{words.last}{sounds[-1]}"
