"""Options of the conditioner that sees frames with CLIP."""

from __future__ import annotations

from pydantic import Field

from ..pretrained.config import LocalFrameConfig, VideoConfig


class ClipConfig(VideoConfig):
    """Which CLIP sees the frames, for example 'openai/clip-vit-base-patch32', and which frames.

    Eight frames per second are those of Cheng et al. 2025, "MMAudio".
    """

    local: LocalFrameConfig | None = Field(
        default=None, description="Sizes of a small CLIP built on the spot."
    )
