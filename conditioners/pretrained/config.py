"""Options that all of them share: which network, from where, how precise."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config
from ...core.media.video import Timing


class PretrainedConfig(Config):
    """Which frozen network reads; name `model` or `local`. A subclass types its `local`."""

    model: str | None = Field(default=None, description="Hub name or folder of the network.")
    local: Config | None = Field(
        default=None,
        description="Sizes of a small network of the same kind, built on the spot with seeded "
        "random weights.",
    )
    revision: str | None = Field(default=None, description="Commit, tag or branch on the hub.")
    download: bool = Field(
        default=False, description="Fetch the network from the hub if this machine lacks it."
    )
    dtype: Literal["float32", "bfloat16", "float16"] = Field(
        default="float32", description="Precision of the loaded network; a local one has float32."
    )

    @model_validator(mode="after")
    def _exactly_one_network(self) -> PretrainedConfig:
        if (self.model is None) == (self.local is None):
            got = "neither" if self.model is None else "both"
            raise ValueError(
                f"got {got} of 'model' and 'local'; expected exactly one: the name or folder of "
                "a network, or the sizes of a small one"
            )
        return self


class LocalConfig(Config):
    """Sizes of a small transformer that is built on the spot."""

    width: int = Field(default=128, gt=0, description="Width of its hidden states.")
    layers: int = Field(default=2, ge=1, description="Layers.")
    heads: int = Field(default=4, gt=0, description="Attention heads; must divide the width.")
    seed: int = Field(default=0, ge=0, description="Decides the weights.")

    @model_validator(mode="after")
    def _heads_divide_width(self) -> LocalConfig:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is no multiple of heads {self.heads}")
        return self


class LocalTextConfig(LocalConfig):
    """Sizes of a small network that reads text."""

    vocab: int = Field(default=2048, ge=512, description="Most tokens of the trained vocabulary.")


class LocalFrameConfig(LocalConfig):
    """Sizes of a small network that sees frames."""

    pixels: int = Field(default=64, gt=0, description="Side that video frames are stretched to.")
    patch: int = Field(default=16, gt=0, description="Side of a patch, in pixels.")

    @model_validator(mode="after")
    def _patches_fill_frame(self) -> LocalFrameConfig:
        if self.pixels % self.patch:
            raise ValueError(
                f"patches of {self.patch} pixels do not fill a frame of {self.pixels}; expected a "
                "divisor"
            )
        return self


class VideoConfig(PretrainedConfig):
    """How the frames of a video are chosen."""

    fps: float = Field(default=8.0, gt=0, description="Frames per second that a video is seen at.")
    seconds: float = Field(
        default=10.0, gt=0, description="Longest part of a video that is seen, in seconds."
    )
    timing: Timing = Field(
        default="exact",
        description="Frames by their times ('exact'), or every n-th ('whole_frames').",
    )
