"""Options of the codecs. Free of torch, so that listing plugins stays fast."""

from __future__ import annotations

from pydantic import Field, model_validator

from ...core.config import Config


class MelCodecConfig(Config):
    """Options of the codec ``mel``.

    Levels are decibels relative to a spectral peak of a full-scale sine (0 dB; a wide filter adds
    the bins of the peak and reads up to 6 dB more). The defaults of mean and deviation are close
    to those of speech, music and sounds of all kinds, recorded at usual levels.
    """

    sample_rate_hz: int = Field(default=16000, gt=0, description="Samples per second.")
    channels: int = Field(default=1, gt=0, description="Audio channels, coded independently.")
    mels: int = Field(default=64, gt=0, description="Mel bands per channel.")
    fft_size: int = Field(default=1024, gt=0, description="Samples in one window.")
    hop: int = Field(default=256, gt=0, description="Samples per latent frame.")
    floor_db: float = Field(
        default=-80.0, lt=0, description="Level that fades into silence; decoded as nothing."
    )
    mean_db: float = Field(default=-47.0, description="Level that becomes 0 in the latent.")
    deviation_db: float = Field(
        default=16.0, gt=0, description="Levels per unit of the latent; near their deviation."
    )
    inversion_steps: int = Field(
        default=32, ge=0, description="Non-negative updates from mel bands back to bins."
    )
    griffin_lim_steps: int = Field(default=32, gt=0, description="Phase reconstruction steps.")
    griffin_lim_momentum: float = Field(
        default=0.99, ge=0, lt=1, description="Acceleration of phase reconstruction."
    )

    @model_validator(mode="after")
    def _windows_overlap(self) -> MelCodecConfig:
        if self.hop * 2 > self.fft_size or (self.fft_size - self.hop) % 2:
            raise ValueError(
                f"hop {self.hop} with fft_size {self.fft_size} cannot be inverted; choose an even "
                "difference and a hop of at most half the window"
            )
        return self
