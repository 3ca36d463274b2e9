"""The record of one editing pair: schema version 1 (spec section 5.4). Paths never appear in it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from typing import Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)

from ...core.config import Config
from .config import Task

Branch = Literal["synth", "real"]
Split = Literal["train", "validation", "test"]


class AudioFacts(Config):
    """One side of a pair; the audio is the blob of its hash."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Of the FLAC file.")
    frames: int = Field(gt=0, description="Samples of a channel.")
    sample_rate: int = Field(gt=0, description="In Hz.")
    channels: int = Field(ge=1, description="One or two.")
    bits: Literal[16, 24] = Field(description="Of the integer grid.")
    lufs: float | None = Field(description="Integrated loudness; none where it is under −70.")
    true_peak_dbtp: float | None = Field(description="Largest peak, oversampled by 4.")


class Words(Config):
    """A sound in words."""

    bare: str = Field(description="dog barking")
    indefinite: str = Field(description="a dog barking")
    definite: str = Field(description="the barking dog")
    forms: dict[str, str] | None = Field(
        default=None, description="Further phrases of languages that need them, such as a_acc."
    )

    @model_serializer(mode="wrap")
    def _plain(self, plain: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out forms where there are none, as in English."""
        values: dict[str, Any] = plain(self)
        return {name: value for name, value in values.items() if value is not None}


class Slots(Config):
    """What an instruction is made of; training may word it anew."""

    object: Words = Field(description="The sound that the edit is about.")
    object_to: Words | None = Field(default=None, description="What it turns into.")
    when: str | None = Field(default=None, description="early on, about halfway, near the end.")
    start_s: float | None = Field(default=None, ge=0, description="Onset, to half a second.")


class Instruction(Config):
    """The edit in words: one rendering of its slots."""

    text: str = Field(min_length=1, description="What a user would say.")
    lang: str = Field(description="Of the text.")
    template: str = Field(description="Id of the template.")
    slots: Slots = Field(description="What it was made of.")


class Span(Config):
    """Where source and target may differ."""

    start_s: float = Field(ge=0, description="In seconds.")
    end_s: float = Field(gt=0, description="In seconds.")


class IngredientFacts(Config):
    """A recording that went into a pair."""

    role: str = Field(description="event, background, scene, …")
    dataset: str = Field(description="What it is called; never a path.")
    item: str = Field(description="Its id there.")
    start_s: float = Field(default=0.0, ge=0, description="Where it was cut.")
    sha256: str = Field(description="Of its decoded, converted samples: of its blob.")
    licence: str | None = Field(default=None, description="SPDX-like.")
    attribution: str | None = Field(default=None, description="Whom to credit.")
    url: str | None = Field(default=None, description="Where it is from.")
    sample_rate: int | None = Field(
        default=None, gt=0, description="Of the file, in Hz, before it was converted."
    )
    channels: int | None = Field(default=None, ge=1, description="Of the file.")
    voice_consent: bool | None = Field(
        default=None, description="Whether its speakers agreed to edits; none: it was not said."
    )


class ToolUse(Config):
    """What made a part of a pair."""

    stage: str = Field(description="Stage.")
    name: str = Field(description="Provider or library.")
    version: str = Field(description="Of it.")
    weights_sha256: str | None = Field(default=None, description="Of its network, if any.")
    config_sha256: str | None = Field(default=None, description="Of its options.")


class Provenance(Config):
    """Where a pair comes from."""

    ingredients: tuple[IngredientFacts, ...] = Field(description="Recordings.")
    tools: tuple[ToolUse, ...] = Field(description="What was done to them.")
    seeds: dict[str, str] = Field(default_factory=dict, description="Purpose → stream.")
    prompts: dict[str, str] = Field(default_factory=dict, description="Prompt → SHA-256.")


class LicenceFacts(Config):
    """What a pair may be used for: the most restrictive of its ingredients."""

    effective: str = Field(description="Licences of all ingredients, joined by AND.")
    commercial_ok: bool = Field(description="Whether all are known and allow it.")
    notes: str = Field(default="", description="What to mind.")


class Quality(Config):
    """What was checked."""

    verified: bool = Field(default=False, description="Whether stage verify passed.")
    flags: tuple[str, ...] = Field(default=(), description="What to mind.")
    human: dict[str, Any] | None = Field(default=None, description="A person's verdict.")


NAMED_SCHEMA = ConfigDict(serialize_by_alias=True, validate_by_name=True, validate_by_alias=True)
"""For records whose JSON has a field `schema`, a name that pydantic keeps for itself."""


class EditRecord(Config):
    """One pair for one edit."""

    model_config = NAMED_SCHEMA

    id: str = Field(pattern=r"^ae1-(synth|real)-[a-z]+-[0-9a-f]{16}$", description="Unique.")
    schema_version: Literal[1] = Field(default=1, alias="schema", description="Of this record.")
    dataset: str = Field(description="Name of the data set.")
    version: str = Field(description="Of the data set.")
    split: Split = Field(description="Where it belongs.")
    branch: Branch = Field(description="How it was made.")
    task: Task = Field(description="The edit.")
    groups: tuple[str, ...] = Field(description="Recordings that never cross a split.")
    instruction: Instruction = Field(description="The edit in words.")
    source_caption: str = Field(description="The source in plain words.")
    target_caption: str = Field(description="The target in plain words.")
    source: AudioFacts = Field(description="What the edit starts from.")
    target: AudioFacts = Field(description="What it gives.")
    stems: dict[str, AudioFacts] | None = Field(default=None, description="event, residual.")
    spans: tuple[Span, ...] = Field(default=(), description="Where they differ; empty: anywhere.")
    scene: dict[str, Any] = Field(description="Plan of a scene, or how a real one was taken apart.")
    scores: dict[str, Any] = Field(default_factory=dict, description="What was measured.")
    provenance: Provenance = Field(description="Where it comes from.")
    licence: LicenceFacts = Field(description="What it may be used for.")
    quality: Quality = Field(default_factory=Quality, description="What was checked.")

    @field_validator("source_caption", "target_caption")
    @classmethod
    def _is_normal(cls, text: str) -> str:
        return normal_text(text)

    def line(self) -> str:
        """Return the record as one line of JSON, the same for equal records."""
        return json.dumps(
            self.model_dump(mode="json", exclude_none=True), ensure_ascii=False, sort_keys=True
        )

    @property
    def pad_samples(self) -> int:
        """Return how many samples at the end of both sides are silence that was put there."""
        return int(self.scene.get("pad_samples", 0))

    @property
    def padding_s(self) -> float:
        """Return the same in seconds."""
        return self.pad_samples / self.target.sample_rate

    @property
    def duration_s(self) -> float:
        """Return how long the pair lasts, in seconds, its padding left out."""
        return (self.target.frames - self.pad_samples) / self.target.sample_rate


def record_id(branch: Branch, task: str, ingredients: Any, parameters: Any) -> str:
    """Return the id of a pair: equal ids are equal pairs.

    Args:
        branch: how it is made.
        task: the edit.
        ingredients: JSON values that name all recordings by content.
        parameters: JSON values of all that is done to them.
    """
    text = json.dumps([task, ingredients, parameters], sort_keys=True, ensure_ascii=False)
    return f"ae1-{branch}-{task}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def normal_text(text: str) -> str:
    """Return a text in NFC without control characters, its white space single."""
    kept = "".join(c for c in text if c.isprintable() or c.isspace())
    return " ".join(unicodedata.normalize("NFC", kept).split())
