"""What Synchformer sees: 25 frames per second, the middle square of each.

Shapes: T frames, H and W sides of a picture, P pixels of a square's side.
"""

from __future__ import annotations

from functools import partial

from torch import Tensor

from ....core.media.video import sample_frames
from ....core.media.video_file import VideoClip
from ....core.models.synchformer.segments import FPS

HALF_A_FRAME = 0.5 / FPS - 0.0008
"""A frame is taken at the middle of its time, not at its beginning: so does ffmpeg's filter
``fps``, which moves every picture to the nearest frame. One that begins just there is the next's;
`sample_frames` takes times as equal up to 0.6 ms."""

FACTS = (
    f"{FPS:g} frames per second, the nearest in time; shorter side scaled to {{pixels}} (bicubic, "
    "antialiased), middle square; (x − 0.5) / 0.5"
)


def square_frames(clip: VideoClip, seconds: float, pixels: int) -> Tensor:
    """Return the frames (T, 3, P, P) uint8 of a video's beginning; fewer, if it ends early.

    Args:
        clip: the video.
        seconds: how much of it is wanted; above 0.
        pixels: side of the square, P.

    Raises:
        MediaError: if it cannot be decoded, or has not one frame.
    """
    have = min(seconds, round(clip.seconds * FPS) / FPS)
    started = clip.starting_at(HALF_A_FRAME) if clip.seconds > HALF_A_FRAME else clip
    fit = partial(middle_square, pixels=pixels)
    return sample_frames(started, fps=FPS, seconds=max(have, 1 / FPS), fit=fit)


def middle_square(frames: Tensor, pixels: int) -> Tensor:
    """Return (T, 3, P, P) uint8 of frames (T, 3, H, W) uint8."""
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2 import functional as transforms

    scaled = transforms.resize(frames, [pixels], InterpolationMode.BICUBIC, antialias=True)
    return transforms.center_crop(scaled, [pixels, pixels])
