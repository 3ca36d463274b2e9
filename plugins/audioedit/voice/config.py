"""What decides pairs of voices: one record, saved beside them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from ....core.config import Config
from ..choosing import ProviderConfig


def _rises(limits: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= limits[0] <= limits[1]:
        raise ValueError("expected two numbers of 0 or more, the smaller one first")
    return limits


Seconds = Annotated[tuple[float, float], AfterValidator(_rises)]
"""Least and most."""
Operation = Literal["delete", "replace", "insert"]
OPERATIONS: tuple[Operation, ...] = ("delete", "replace", "insert")
NO_LIMIT = 100.0
"""What is recorded of a signal-to-noise ratio that is above, in dB."""


class VoiceConfig(Config):
    """What recordings have to be like, and who is held out."""

    dataset: str = Field(default="voice", min_length=1, description="What records call it.")
    version: str = Field(default="1", min_length=1, description="Of the data set.")
    seed: int = Field(default=0, ge=0, description="Names all random streams.")
    pairs: int | None = Field(
        default=None, gt=0, description="How many to make; left out: all that are balanced."
    )
    fields: dict[str, str | None] = Field(
        default_factory=dict,
        description="Our field → the manifest's own name for it, like {text: sentence}; null: it "
        "is not read.",
    )
    voice_consent: bool = Field(
        default=False,
        description="Whether all speakers agreed to have their voices imitated and edited, and "
        "the corpus allows it; a row's own voice_consent counts before it.",
    )
    language: str | None = Field(default=None, description="Of rows that do not say.")
    test_share: float = Field(
        default=1.0,
        gt=0,
        le=1,
        description="Share of the speakers whose rows say no split that belong to test.",
    )
    sample_rate_hz: int | None = Field(
        default=None, gt=0, description="Rate of pairs; left out: each recording keeps its own."
    )
    least_rate_hz: int = Field(default=16000, gt=0, description="Lowest rate of a recording.")
    least_occupied_hz: float = Field(
        default=6500.0, ge=0, description="Up to where its spectrum has to carry something."
    )
    least_snr_db: float = Field(default=20.0, description="Lowest estimate of its signal to noise.")
    utterance_seconds: Seconds = Field(
        default=(1.0, 20.0), description="Shortest and longest recording that is used at all."
    )

    longest_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Longest that a model has to make, a voice and the words behind it together: "
        "that of its clips.",
    )

    @property
    def key(self) -> str:
        """Return what the random streams begin with."""
        return f"{self.dataset}/{self.version}/{self.seed}"


class ConversionConfig(VoiceConfig):
    """How recordings are paired for voice conversion (spec section 7.2)."""

    prompt_seconds: Seconds = Field(
        default=(3.0, 10.0), description="Shortest and longest recording of the voice to speak with"
    )
    balance: Literal["sex", "none"] = Field(
        default="sex",
        description="Whether there are equally many pairs from each sex to each; then rows that do "
        "not tell it are left out.",
    )
    reference: Literal["any", "parallel"] = Field(
        default="any",
        description="Whether the other speaker must have said the same words.",
    )


class EditingConfig(VoiceConfig):
    """How words are taken out, put in and replaced (spec section 7.3)."""

    operations: tuple[Operation, ...] = Field(
        default=OPERATIONS, min_length=1, description="What is done to words, in turn."
    )
    aligner: ProviderConfig = Field(
        default_factory=lambda: ProviderConfig(name="given_words"),
        description="What tells when words are said.",
    )
    widen_s: float = Field(
        default=0.08, ge=0, description="How far a part reaches into the words beside it."
    )
    merge_s: float = Field(default=0.2, ge=0, description="Parts that are nearer become one.")
    pace: Seconds = Field(
        default=(0.6, 1.6),
        description="Least and most of the speaker's seconds per syllable that new words take.",
    )
