"""Options of the conditioner that watches with VideoMAE."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ..pretrained.config import LocalFrameConfig, VideoConfig


class VideoMaeConfig(VideoConfig):
    """Which VideoMAE watches, for example 'MCG-NJU/videomae-base', and how finely it tells.

    Eight frames per second are about the rate of its training: every fourth of 30.
    """

    local: LocalFrameConfig | None = Field(
        default=None, description="Sizes of a small VideoMAE built on the spot."
    )
    tokens: Literal["frames", "places"] = Field(
        default="frames",
        description="'frames' makes one token for each two frames, the mean over all places; "
        "'places' one for each place of each two frames, 196 in the published networks.",
    )
