"""What a model may answer: the contracts' forms without their limits, which are applied later.

A phrase that is too long costs itself, not the whole answer.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from .contract import Family


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", allow_inf_nan=False)


class AnyPhrase(_Answer):
    """A sound in words, as answered."""

    label: str = Field(description="Bare, lower case, one to six words, no article: dog barking")
    indefinite: str = Field(default="", description="With its article: a dog barking")
    definite: str = Field(default="", description="With 'the': the barking dog")
    family: Family = Field(default="other", description="What kind of thing sounds.")


class AnySource(AnyPhrase):
    """A source of sound, as answered."""

    prominence: Literal["dominant", "clear", "faint"] = Field(
        default="clear", description="How much it stands out."
    )
    continuous: bool = Field(default=False, description="Whether it goes on throughout.")
    confidence: float = Field(default=1.0, description="From 0 to 1: how sure you are.")
    onset_hint_s: float | None = Field(default=None, description="Second at which it begins.")


class AnswerLabels(_Answer):
    """What is heard in a recording, as answered."""

    scene: str = Field(default="", description="The scene in one plain sentence.")
    has_speech: bool = Field(default=False, description="Whether anyone speaks.")
    has_music: bool = Field(default=False, description="Whether music plays.")
    unusable: Literal["silent", "corrupt", "single_tone"] | None = Field(
        default=None, description="Why nothing can be named, or null."
    )
    sources: list[AnySource] = Field(description="The most audible first; at most five.")


class AnyStyle(AnyPhrase):
    """Another sound, as answered."""

    keeps: Literal["pitch", "rhythm", "both"] = Field(
        default="rhythm", description="What of the first sound stays."
    )


class AnswerStyles(_Answer):
    """Sounds that could take a sound's place, as answered."""

    sounds: list[AnyStyle] = Field(description="The best first.")


class AnswerWordings(_Answer):
    """Wordings of an edit, as answered."""

    wordings: list[str] = Field(description="One sentence each, with its slots in braces.")
