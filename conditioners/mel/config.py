"""Options of the mel conditioner; the defaults are the paper's (section 5.1)."""

from __future__ import annotations

from pydantic import Field

from ...core.config import Config


class MelConfig(Config):
    """How a reference clip becomes frames."""

    sample_rate_hz: int = Field(
        default=44100, gt=0, description="Rate that clips are brought to, in hertz."
    )
    fft_size: int = Field(default=1024, gt=1, description="Samples in one window.")
    hop: int = Field(default=256, gt=0, description="Samples from one frame to the next.")
    mels: int = Field(default=100, gt=0, description="Mel bands.")
    mean: float = Field(default=-4.0, description="Subtracted from the log-mel, in nepers.")
    scale: float = Field(default=4.0, gt=0, description="Divides what remains, in nepers.")
