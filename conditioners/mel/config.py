"""Options of the mel conditioners; the defaults are the paper's (section 5.1)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config


class FrontEndConfig(Config):
    """How a clip becomes mel frames."""

    sample_rate_hz: int = Field(
        default=44100, gt=0, description="Rate that clips are brought to, in hertz."
    )
    fft_size: int = Field(default=1024, gt=1, description="Samples in one window.")
    hop: int = Field(default=256, gt=0, description="Samples from one frame to the next.")
    mels: int = Field(default=100, gt=0, description="Mel bands.")


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
    speech_mask: tuple[float, float] | None = Field(
        default=None,
        description="Least and greatest part of a voice's frames to blank, drawn anew each time, "
        "within 0 … 1; left out: none. The published model's Python interface blanks 0.7 … 1.0.",
    )

    @model_validator(mode="after")
    def _parts_are_in_order(self) -> MelWindowConfig:
        if (
            self.speech_mask is not None
            and not 0 <= self.speech_mask[0] <= self.speech_mask[1] <= 1
        ):
            raise ValueError(
                f"speech_mask is {self.speech_mask}; expected the least and the greatest part, "
                "within 0 … 1"
            )
        return self

    @model_validator(mode="after")
    def _window_can_be_reflected(self) -> MelWindowConfig:
        if self.frames * self.hop <= self.fft_size // 2 + self.hop:
            raise ValueError(
                f"{self.frames} frames of {self.hop} samples are shorter than half an FFT of "
                f"{self.fft_size}; expected more frames"
            )
        return self
