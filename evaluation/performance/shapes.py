"""Sizes of what is measured: the model presets, and one shape that a CPU can run.

Conditions are synthetic, so that no language model is needed; only their number and width matter.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ...core.config import Config
from ...core.errors import ConfigError, suggestion
from ...core.geometry import Geometry
from ...core.models.config import DiTConfig
from ...core.models.presets import PRESETS


class Shape(Config):
    """All that decides the cost of a guided step."""

    dit: DiTConfig = Field(description="The transformer.")
    latent_channels: int = Field(gt=0, description="Channels of the codec's latents.")
    frames: int = Field(gt=0, description="Latent frames of a full clip.")
    context_tokens: tuple[int, ...] = Field(description="Context tokens of each conditioner.")
    context_valid: tuple[int, ...] = Field(description="How many of them are not padding.")
    prefix_tokens: int = Field(default=0, ge=0, description="Tokens put before the latents.")
    aligned_tokens: int = Field(default=0, ge=0, description="Tokens on axis 'channel'.")
    guidance_scale: float = Field(default=6.0, description="Guidance of every step.")

    @property
    def tokens(self) -> int:
        """Return the latent tokens of a clip."""
        return -(-self.frames // self.dit.patch_frames)


RELEASE_CONDITIONS: dict[str, Any] = {
    "latent_channels": 64,
    "frames": 236,
    "prefix_tokens": 128 + 236,  # synchronisation and mel
    "context_tokens": (2048, 256),  # language model and transcript
    "context_valid": (120, 256),  # a sentence; the transcript's tokens are always valid
}
TEXT_TOKENS = 64
TEXT_VALID = 32

SHAPES: tuple[str, ...] = ("cpu", "micro", "nano", "base", "release")
"""Names that `bench_shape` knows."""


def bench_shape(name: str) -> Shape:
    """Return the shape of a name in `SHAPES`.

    Raises:
        ConfigError: for an unknown name, with close matches.
    """
    if name == "cpu":
        dit = DiTConfig(width=512, depth=4, heads=8, condition_width=768, aligned=False)
        return Shape(dit=dit, **RELEASE_CONDITIONS)
    if name == "release":
        dit = DiTConfig(width=2048, depth=36, heads=32, condition_width=768, aligned=False)
        return Shape(dit=dit, guidance_scale=7.0, **RELEASE_CONDITIONS)
    if name in SHAPES:
        return _embedded(PRESETS[name])
    raise ConfigError(f"Unknown shape '{name}'.{suggestion(name, SHAPES)} Known: {_known()}.")


def _embedded(preset: dict[str, Any]) -> Shape:
    """Return the shape of a preset over the mel codec, whose source enters frame by frame."""
    codec = preset["codec"]["options"]
    geometry = Geometry(
        sample_rate_hz=codec["sample_rate_hz"],
        channels=1,
        hop=codec["hop"],
        clip_seconds=preset["clip_seconds"],
    )
    return Shape(
        dit=DiTConfig(**preset["dit"]),
        latent_channels=codec["mels"],
        frames=geometry.clip_frames,
        context_tokens=(TEXT_TOKENS,),
        context_valid=(TEXT_VALID,),
        aligned_tokens=geometry.clip_frames,
    )


def _known() -> str:
    return ", ".join(SHAPES)
