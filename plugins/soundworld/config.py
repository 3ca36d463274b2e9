"""Options of the procedural world."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ...core.config import Config

RequestKind = Literal["scene", "melody", "edit", "in_context"]


class SoundworldOptions(Config):
    """Which rows of the world, and how they are rendered."""

    seed: int = Field(default=0, ge=0, lt=2**32, description="Row i is a function of seed and i.")
    rows: int = Field(default=100_000, gt=0, lt=2**32, description="Number of rows.")
    held_out_rows: int = Field(default=256, gt=0, description="Rows of the held-out sibling.")
    split: Literal["train", "test"] = Field(
        default="train", description="Which of two disjoint random streams."
    )
    sample_rate_hz: int = Field(default=16000, ge=8000, le=48000, description="Rate of all audio.")
    clip_seconds: float = Field(default=3.0, ge=1.0, le=30.0, description="Length of a clip.")
    snr_db: tuple[float, float] = Field(
        default=(5.0, 18.0), description="Power of an event over the background's, range in dB."
    )
    language: Literal["en", "de", "es"] = Field(
        default="en", description="Of the captions of scenes and melodies; the scenes stay."
    )
    unseen_speakers: bool = Field(
        default=False, description="Whether speech is by speakers who occur in no other row."
    )

    instructions: bool = Field(
        default=True,
        description="Whether rows of edits bring an order in free wording; without, a task words "
        "it from what is edited.",
    )
    systems: dict[RequestKind, str] = Field(
        default_factory=dict,
        description="System texts that kinds of `requests` come with, as tasks word them; without, "
        "a request comes with that of a question.",
    )

    @property
    def samples(self) -> int:
        """Return the length of a clip in samples."""
        return round(self.clip_seconds * self.sample_rate_hz)
