"""A plan of speech → its sound. Shapes: N samples."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ..arrangements import as_waveform
from ..signals import Signal
from ..voice.synthesis import speak
from .plans import SpeechPlan, WordEdit

if TYPE_CHECKING:
    from ....core.media.waveform import Waveform


@dataclass(frozen=True, eq=False)
class Spoken:
    """The clips of a row, each (N,) float32 and as long as what is said in it.

    Attributes:
        target: what the row asks for.
        voice: the recording to imitate; `None` where there is none.
        source: what is converted or edited; `None` where there is nothing.
    """

    target: Signal
    voice: Signal | None
    source: Signal | None


def render_plan(plan: SpeechPlan) -> Spoken:
    """Return the clips of a plan; a pure function."""
    said, voice, source = (
        None if utterance is None else speak(utterance)
        for utterance in (plan.said, plan.voice, plan.source)
    )
    assert said is not None  # noqa: S101 - every plan says something
    if plan.edit is not None and source is not None:
        said = _spliced(source, said, plan.edit)
    return Spoken(said, voice, source)


def _spliced(source: Signal, said: Signal, edit: WordEdit) -> Signal:
    """Return the source with the new words in place of the old; spaces around them are silent."""
    new = said[edit.new.onset : edit.new.end]
    return np.concatenate([source[: edit.old.onset], new, source[edit.old.end :]])


render_plan_once = lru_cache(maxsize=4)(render_plan)
"""`render_plan`, remembering the last few plans: the clips of a row share one rendering."""


def open_clip(plan: SpeechPlan, part: str) -> Waveform:
    """Return the ``"target"``, the ``"voice"`` or the ``"source"`` of a plan."""
    return as_waveform(getattr(render_plan_once(plan), part), plan.said.rate)
