"""Options of the codecs. Free of torch, so that listing plugins stays fast."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from ...core.config import Config

AtLeastOne = Annotated[int, Field(gt=0)]


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


class OobleckConfig(Config):
    """Options of the codec ``oobleck``; the defaults are the published model's.

    One block per stride halves (or divides by another stride) the rate; the block's width is
    ``width`` times its multiplier. The hop is the product of the strides.
    """

    sample_rate_hz: int = Field(default=44100, gt=0, description="Samples per second.")
    channels: int = Field(default=2, gt=0, description="Audio channels, coded together.")
    width: int = Field(default=128, gt=0, description="Channels of the first layer.")
    multipliers: tuple[AtLeastOne, ...] = Field(
        default=(1, 2, 4, 8, 16), min_length=1, description="Width of each block, in `width`s."
    )
    strides: tuple[AtLeastOne, ...] = Field(
        default=(2, 4, 4, 8, 8), min_length=1, description="Samples per step of each block."
    )
    latent_dim: int = Field(default=64, gt=0, description="Channels of the latent.")
    weights: str | None = Field(
        default=None,
        description="Safetensors file of trained weights (`encoder.…`, `decoder.…`); left out: "
        "fresh ones, or those of a checkpoint.",
    )
    decode_chunk_frames: int | None = Field(
        default=None,
        gt=0,
        description="Latent frames that are decoded at a time, for less memory and the same "
        "result; left out: all.",
    )

    @model_validator(mode="after")
    def _blocks_have_both(self) -> OobleckConfig:
        if len(self.multipliers) != len(self.strides):
            raise ValueError(
                f"{len(self.multipliers)} multipliers with {len(self.strides)} strides; give one "
                "of each per block"
            )
        return self
