"""Options of the mel conditioners; the defaults are the paper's (section 5.1)."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from ...core.config import Config


def _in_order(parts: tuple[float, float]) -> tuple[float, float]:
    if not 0 <= parts[0] <= parts[1] <= 1:
        raise ValueError("expected the least and the greatest part, within 0 … 1")
    return parts


Parts = Annotated[tuple[float, float], AfterValidator(_in_order)]
"""Least and greatest part of something, within 0 … 1."""


Shape = Literal["run", "end", "all", "several"]
"""How what training hides of an utterance lies in it, see `mask_shapes`."""

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class FrontEndConfig(Config):
    """How a clip becomes mel frames, and how many of them training hides."""

    sample_rate_hz: int = Field(
        default=44100, gt=0, description="Rate that clips are brought to, in hertz."
    )
    fft_size: int = Field(default=1024, gt=1, description="Samples in one window.")
    hop: int = Field(default=256, gt=0, description="Samples from one frame to the next.")
    mels: int = Field(default=100, gt=0, description="Mel bands.")
    training_mask: Parts | None = Field(
        default=(0.2, 0.75),
        description="In training, least and greatest part of an utterance's frames to hide, one "
        "run drawn anew each time in place of what its request hides; null: what the request "
        "hides.",
    )

    training_shapes: dict[Shape, Share] | None = Field(
        default=None,
        description="How often what is hidden is one run, the end, all, or several runs, as in "
        "{run: 0.7, end: 0.1, all: 0.1, several: 0.1}; null: always one run.",
    )

    @field_validator("training_shapes")
    @classmethod
    def _some_are_drawn(cls, shares: dict[Shape, float] | None) -> dict[Shape, float] | None:
        if shares is not None and sum(shares.values()) <= 0:
            raise ValueError("expected a share above 0 for one shape at least")
        return shares

    @property
    def hides(self) -> bool:
        """Return whether training hides a part of utterances."""
        return self.training_mask is not None

    def frames_of(self, seconds: float) -> int:
        """Return how many frames cover so many seconds."""
        return math.ceil(round(seconds * self.sample_rate_hz) / self.hop)


class MelConfig(FrontEndConfig):
    """How a reference clip becomes one token per frame."""

    mean: float = Field(default=-4.0, description="Subtracted from the log-mel, in nepers.")
    scale: float = Field(default=4.0, gt=0, description="Divides what remains, in nepers.")


class MelWindowConfig(FrontEndConfig):
    """How a window of fixed length becomes a fixed number of tokens."""

    frames: int = Field(default=1723, ge=2, description="Mel frames of the window.")
    tokens: int = Field(default=236, gt=0, description="Tokens that the frames are mixed to.")
    absent: Literal["learned", "silence"] = Field(
        default="learned",
        description="What stands for no clip: learned tokens, or a window of digital silence as "
        "the published model was trained with.",
    )
    speech_mask: Parts | None = Field(
        default=None,
        description="Least and greatest part of a voice's frames to blank, drawn anew each time, "
        "in use as in training; left out: none. The published model's Python interface blanks "
        "0.7 … 1.0.",
    )

    @model_validator(mode="after")
    def _window_can_be_reflected(self) -> MelWindowConfig:
        if self.frames * self.hop <= self.fft_size // 2 + self.hop:
            raise ValueError(
                f"{self.frames} frames of {self.hop} samples are shorter than half an FFT of "
                f"{self.fft_size}; expected more frames"
            )
        return self
