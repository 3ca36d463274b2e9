"""Which questions there are: for each skill, what asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from ..melody import SCALES, TEMPI
from . import melodies, sounds, videos
from .asking import COUNTS, YES_NO, Asker

HEARD: Sequence[Sequence[Asker]] = (
    (sounds.which, sounds.which_two, sounds.whether),
    (sounds.how_often,),
    (sounds.first_or_last, sounds.before),
    (sounds.behind,),
    (melodies.instrument,),
    (melodies.tempo,),
    (melodies.mode,),
)
"""About audio: sound, count, order, background, instrument, tempo, mode; each as likely."""
SEEN: Sequence[Sequence[Asker]] = ((videos.actor,), (videos.how_often,), (videos.half,))
"""About video: object, count, half; each as likely."""

WORDINGS: tuple[tuple[str, ...], ...] = (
    sounds.WHICH, sounds.WHICH_TWO, sounds.WHETHER, sounds.HOW_OFTEN, sounds.FIRST, sounds.LAST,
    sounds.BEFORE, sounds.BEHIND, melodies.INSTRUMENT, melodies.TEMPO, melodies.MODE,
    videos.ACTOR, videos.HOW_OFTEN, videos.HALF,
)  # fmt: skip
"""How questions are asked."""
ANSWERS: tuple[tuple[str, ...], ...] = (
    tuple(COUNTS.values()), YES_NO, tuple(TEMPI), tuple(SCALES), videos.HALVES,
)  # fmt: skip
"""Answers besides the labels of what is heard and seen."""
