"""Options of the transcript conditioner; the defaults are the published model's sizes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config


class TranscriptConfig(Config):
    """How a transcript is spelt, and the sizes of the network that reads it."""

    vocabulary: str | None = Field(
        default=None,
        description="File with one token a line, the first a space; without, one of characters.",
    )
    vocabulary_size: int | None = Field(
        default=None,
        ge=1,
        description="Tokens of the vocabulary; if given, its file is read on first use only.",
    )
    text_width: int = Field(default=512, gt=0, multiple_of=2, description="Width of the text.")
    blocks: int = Field(default=4, ge=0, description="Convolutional blocks over the text.")
    positions: int = Field(default=2584, gt=0, description="Tokens of the longest transcript.")
    tokens: int = Field(default=256, gt=0, description="Tokens that the transformer attends to.")
    fillers: Literal["attended", "masked"] = Field(
        default="attended",
        description="Whether positions after the text's end are tokens too, as in the published "
        "model. Masked, there is a token for each character and no other, which axis 'channel' "
        "stretches over the clip; needs as many tokens as positions.",
    )
    too_long: Literal["refuse", "cut"] = Field(
        default="refuse",
        description="What happens to a transcript over `positions`; the published model cuts it.",
    )
    null_in_mixed_batch: Literal["same", "normalised"] = Field(
        default="same",
        description="The null condition beside given transcripts; the published model normalises "
        "it there, and only there: its items depend on their neighbours.",
    )

    @model_validator(mode="after")
    def _masked_fillers_have_positions(self) -> TranscriptConfig:
        if self.fillers == "masked" and self.tokens != self.positions:
            raise ValueError(
                f"fillers: masked with {self.tokens} tokens for {self.positions} positions; "
                "expected as many, since tokens that are mixed over time end nowhere"
            )
        return self
