"""Plain descriptions of scenes, for baselines that are told the answer, and for CLAP."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import normal_text
from .phrases import lower_first

NOTHING = "silence"


def scene_caption(background: str | None, sounds: Sequence[str]) -> str:
    """Return a scene in plain words: ``"rain falling, and a dog barking"``.

    Args:
        background: caption of what goes on behind; `None` where there is nothing.
        sounds: phrases with 'a' of what sounds before it, in the order they are to be named.
    """
    behind = lower_first(normal_text(background or "").rstrip(". "))
    named = [normal_text(sound) for sound in sounds]
    if not named:
        return behind or NOTHING
    if not behind:
        return _listed(named)
    before = ", ".join([behind, *named[:-1]])
    return f"{before}, and {named[-1]}"


def _listed(sounds: Sequence[str]) -> str:
    if len(sounds) <= 2:
        return " and ".join(sounds)
    return f"{', '.join(sounds[:-1])}, and {sounds[-1]}"
