"""The record of one pair of voices: schema version 1. Paths never appear in it."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import Field

from ....core.config import Config
from ..records import (
    NAMED_SCHEMA,
    AudioFacts,
    IngredientFacts,
    LicenceFacts,
    Provenance,
    Quality,
)

VoiceTask = Literal["voice_conversion", "speech_editing"]
WATERMARK = "watermark_outputs"
"""Flag of every pair: what is made of it imitates somebody's voice and has to be marked."""
PREFIXES: dict[VoiceTask, str] = {"voice_conversion": "vc1", "speech_editing": "se1"}


class PlannedPair(Config):
    """All that was decided about one pair, before a sample is written."""

    id: str = Field(pattern=r"^(vc1|se1)-[0-9a-f]{16}$", description="Equal ids are equal pairs.")
    task: VoiceTask = Field(description="What it tests.")
    split: Literal["test"] = Field(default="test", description="Of all its speakers.")
    recordings: dict[str, str] = Field(description="Role → id of the recording.")
    facts: dict[str, Any] = Field(description="What the task reads, and measures use.")


class VoiceRecord(Config):
    """One pair with its audio and where it comes from."""

    model_config = NAMED_SCHEMA

    id: str = Field(pattern=r"^(vc1|se1)-[0-9a-f]{16}$", description="Unique.")
    schema_version: Literal[1] = Field(default=1, alias="schema", description="Of this record.")
    dataset: str = Field(description="Name of the data set.")
    version: str = Field(description="Of the data set.")
    split: Literal["test"] = Field(description="Where it belongs.")
    task: VoiceTask = Field(description="What it tests.")
    groups: tuple[str, ...] = Field(description="Speakers; none is in another split.")
    facts: dict[str, Any] = Field(description="What the task reads, and measures use.")
    audio: dict[str, AudioFacts] = Field(description="Role → the file.")
    scores: dict[str, dict[str, float]] = Field(description="Role → what was measured of it.")
    provenance: Provenance = Field(description="Where it comes from.")
    licence: LicenceFacts = Field(description="What it may be used for.")
    quality: Quality = Field(description="What to mind.")

    def line(self) -> str:
        """Return the record as one line of JSON, the same for equal records."""
        return json.dumps(
            self.model_dump(mode="json", exclude_none=True), ensure_ascii=False, sort_keys=True
        )

    def ingredients(self) -> tuple[IngredientFacts, ...]:
        """Return its recordings."""
        return self.provenance.ingredients


def pair_id(task: VoiceTask, samples: list[str], facts: dict[str, Any]) -> str:
    """Return the id of a pair from the hashes of its recordings' samples and what is asked."""
    text = json.dumps([task, samples, facts], sort_keys=True, ensure_ascii=False)
    return f"{PREFIXES[task]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
