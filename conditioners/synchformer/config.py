"""Options of the conditioner that reads videos; the defaults are the published model's."""

from __future__ import annotations

from pydantic import Field, model_validator

from ...core.config import Config
from ...core.media.video import Timing


class SynchformerConfig(Config):
    """Which extractor watches a video, and how its features become tokens."""

    weights: str | None = Field(
        default=None,
        description="Safetensors file of the extractor; without it a video is an error.",
    )
    patch: int = Field(default=16, gt=0, description="Side of a patch of the extractor, in pixels.")
    vit_width: int = Field(default=768, gt=0, description="Width of the extractor.")
    vit_depth: int = Field(default=12, gt=0, description="Blocks of the extractor.")
    vit_heads: int = Field(default=12, gt=0, description="Attention heads of the extractor.")
    segments_per_batch: int = Field(
        default=5, gt=0, description="Segments of 0.64 s that the extractor reads at a time."
    )
    seconds: float = Field(default=10.0, gt=0, description="How much of a video is seen.")
    timing: Timing = Field(
        default="exact",
        description="'whole_frames' reads every n-th frame as the published model does, which "
        "runs at a wrong pace unless the video has 25 or 50 frames per second.",
    )
    input_width: int = Field(default=768, gt=0, description="Width of the features.")
    input_tokens: int = Field(default=240, gt=0, description="Features of one video.")
    tokens: int = Field(default=128, gt=0, description="Tokens that are made of them.")

    @model_validator(mode="after")
    def _sizes_fit(self) -> SynchformerConfig:
        if self.vit_width % self.vit_heads:
            raise ValueError(
                f"vit_width {self.vit_width} is no multiple of vit_heads {self.vit_heads}; "
                "expected one"
            )
        if 224 % self.patch:
            raise ValueError(
                f"patches of {self.patch} pixels do not fill a frame of 224; expected a divisor"
            )
        return self
