"""Options of the conditioner that reads videos; the defaults are the published model's."""

from __future__ import annotations

from pydantic import Field, model_validator

from ...core.config import Config
from ...core.media.video import Timing
from ...core.models.synchformer.segments import FRAME_PIXELS
from .segments import Timeline, feature_count, frame_count


class LocalExtractorConfig(Config):
    """A small extractor of the same architecture, built on the spot with seeded random weights.

    Half of it sees nothing but what changes from frame to frame, so that its features say what
    moves when, though it never learned to.
    """

    width: int = Field(default=64, gt=1, description="Width of its features.")
    depth: int = Field(default=1, ge=1, description="Blocks.")
    heads: int = Field(default=8, gt=0, description="Attention heads; must divide the width.")
    patch: int = Field(default=8, gt=0, description="Side of a patch, in pixels.")
    pixels: int = Field(default=64, gt=0, description="Side that video frames are stretched to.")
    seed: int = Field(default=0, ge=0, description="Decides the weights.")

    @model_validator(mode="after")
    def _sizes_fit(self) -> LocalExtractorConfig:
        _check_sizes(self.width, self.heads, self.patch, self.pixels)
        return self


class SynchformerConfig(Config):
    """Which extractor watches a video, and how its features become tokens."""

    weights: str | None = Field(
        default=None,
        description="Safetensors file of the extractor; without it and `local` a video is an "
        "error.",
    )
    local: LocalExtractorConfig | None = Field(
        default=None,
        description="Sizes of a small extractor built on the spot, in place of `weights`, `patch` "
        "and `vit_*`.",
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
    timeline: Timeline = Field(
        default="segments",
        description="'segments' mixes the features of all overlapping segments into `tokens`, as "
        "the published model does; 'seconds' makes one token for each 0.08 s of the video, at its "
        "own time, as axis 'channel' needs, of what differs from the video's mean.",
    )
    input_width: int | None = Field(
        default=None, gt=0, description="Width of the features; left out: the extractor's."
    )
    input_tokens: int | None = Field(
        default=None,
        gt=0,
        description="Features of one video; left out: as many as `seconds` of it make.",
    )
    tokens: int = Field(
        default=128, gt=0, description="Tokens that are made of them on timeline 'segments'."
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> SynchformerConfig:
        if self.local is not None and self.weights is not None:
            raise ValueError(
                "got both 'weights' and 'local'; expected the file of an extractor, or the sizes "
                "of a small one"
            )
        _check_sizes(self.vit_width, self.vit_heads, self.patch, FRAME_PIXELS, "vit_")
        return self

    @property
    def frame_pixels(self) -> int:
        """Return the side of the frames that the extractor reads."""
        return FRAME_PIXELS if self.local is None else self.local.pixels

    @property
    def made(self) -> tuple[int, int]:
        """Return the features that the extractor makes of ``seconds`` of video, and their width."""
        width = self.vit_width if self.local is None else self.local.width
        return feature_count(frame_count(self.seconds), self.timeline), width

    @property
    def read(self) -> tuple[int, int]:
        """Return the most features that the projection reads, and their width."""
        count, width = self.made
        return self.input_tokens or count, self.input_width or width


def _check_sizes(width: int, heads: int, patch: int, pixels: int, prefix: str = "") -> None:
    if width % heads:
        raise ValueError(
            f"{prefix}width {width} is no multiple of {prefix}heads {heads}; expected one"
        )
    if pixels % patch:
        raise ValueError(
            f"patches of {patch} pixels do not fill a frame of {pixels}; expected a divisor"
        )
