"""What providers are handed and what they give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ....core.config import Config

Signal = NDArray[np.float32]
Spans = tuple[tuple[float, float], ...]
"""Rising (start, end) in seconds."""

Family = Literal[
    "animal", "voice", "human_other", "music", "vehicle", "tool", "nature", "alarm", "impact",
    "electronic", "other",
]  # fmt: skip


class Phrase(Config):
    """A sound in words.

    ``label`` is bare and lower case ("dog barking"), as separators were trained on.
    """

    label: str = Field(min_length=1, max_length=80, description="One to six words, no article.")
    indefinite: str = Field(min_length=1, max_length=120, description="With 'a': a dog barking.")
    definite: str = Field(min_length=1, max_length=120, description="With 'the'.")
    family: Family = Field(default="other", description="What kind of thing sounds.")


class HeardSource(Phrase):
    """A source of sound that a labeller hears in a clip."""

    prominence: Literal["dominant", "clear", "faint"] = Field(
        default="clear", description="How much it stands out."
    )
    continuous: bool = Field(default=False, description="Whether it goes on throughout.")
    confidence: float = Field(default=1.0, ge=0, le=1, description="How sure the labeller is.")
    onset_hint_s: float | None = Field(default=None, ge=0, description="Where it begins, if told.")


class Labels(Config):
    """What a labeller hears in one clip (spec section 3.1)."""

    scene: str = Field(default="", max_length=200, description="The scene in one plain sentence.")
    has_speech: bool = Field(default=False, description="Whether anyone speaks.")
    has_music: bool = Field(default=False, description="Whether music plays.")
    unusable: Literal["silent", "corrupt", "single_tone"] | None = Field(
        default=None, description="Why nothing can be named."
    )
    sources: tuple[HeardSource, ...] = Field(
        default=(), max_length=5, description="The most audible first."
    )
    asked: str | None = Field(
        default=None, description="Model, as the service names it, and the day of its answer."
    )


class StylePhrase(Phrase):
    """Another sound that could take a sound's place."""

    keeps: Literal["pitch", "rhythm", "both"] = Field(
        default="rhythm", description="What of the first sound stays."
    )
    asked: str | None = Field(
        default=None, description="Model, as the service names it, and the day of its answer."
    )


@dataclass(frozen=True)
class Spent:
    """What calls cost.

    Attributes:
        calls: of a service.
        tokens: of all calls.
        usd: in US dollars, of all calls.
        by_stage: stage → the same three of its calls; what is only set aside is in none.
    """

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    by_stage: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True)
class WordingBrief:
    """What a paraphraser is told of the wordings that it shall write.

    Attributes:
        edit: what they ask for, in plain English.
        language: what they are written in, as English calls it.
        slots: slot of a sound, in braces → an example of what stands in it.
        known: wordings that there are, none of which may come again.
    """

    edit: str
    language: str
    slots: Mapping[str, str]
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """Wordings as they came, unchecked, and who wrote them.

    Attributes:
        texts: with slots in braces.
        model: as it names itself.
        day: when it answered, ``"2026-11-29"``.
    """

    texts: tuple[str, ...]
    model: str
    day: str


@dataclass(frozen=True)
class Clip:
    """A clip that a provider is handed: mono samples (N,), and what is known of it.

    Attributes:
        id: of the item.
        samples: (N,) float32.
        sample_rate_hz: samples per second.
        sha256: of its blob; keys caches.
        facts: fields of its row, such as the class that a data set gives.
    """

    id: str
    samples: Signal
    sample_rate_hz: int
    sha256: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SpokenWord:
    """When a word is said.

    Attributes:
        text: the word as it stands in the transcript.
        start_s: where it begins, in seconds of the clip.
        end_s: where it ends.
    """

    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Refusal:
    """An answer that is final and is none."""

    reason: str
    detail: str = ""
