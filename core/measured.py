"""What a metric measures: a clip, or an answer, beside what it should have been."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .media.video_file import Video
from .media.waveform import Waveform


@dataclass(frozen=True)
class Measured:
    """One clip to measure.

    Attributes:
        generated: the clip that the model made.
        reference: the exact target, or `None` when there is none.
        source: the input of an edit, or `None`.
        fields: caption, instruction and other plain values of the row.
        truth: what the source knows about the row (events, spans); see `Row.truth`.
        id: of the row; a row that several processes measured counts once. Empty: not known.
        video: what the clip was made for, or what opens it; `None` when there is none.
    """

    generated: Waveform
    reference: Waveform | None = None
    source: Waveform | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
    video: Video | None = None


@dataclass(frozen=True)
class Answered:
    """One answer to measure; what `Measured` is for tasks that give text.

    Attributes:
        answer: the text that the model gave.
        fields: question, choices, the right ``answer`` and other plain values of the row.
        truth: what the source knows about the row (the skill asked for); see `Row.truth`.
        id: of the row; see `Measured`.
    """

    answer: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    truth: Mapping[str, Any] = field(default_factory=dict)
    id: str = ""
