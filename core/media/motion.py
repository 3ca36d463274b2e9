"""Whether anything moves in a video. Shapes: F frames, H height, W width in pixels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .frames import stretch
from .video_decode import decoded_frames, pixels_of
from .video_file import VideoClip

if TYPE_CHECKING:
    from torch import Tensor

STANDS_STILL = "the video does not move, so nothing in it says when to sound"
"""What a conditioner that reads motion records of such a video."""

_PLACES = (32, 32)
_LEVELS = 4
"""Of 255. Encoding a still picture changes the mean of such a place by one or two."""


def moves(clip: VideoClip, seconds: float) -> bool:
    """Return whether any frame of a clip's first ``seconds`` looks unlike the first one.

    Decodes no further than to the first frame that does.

    Raises:
        MediaError: if the file cannot be decoded so far.
    """
    start, end = clip.start_seconds, clip.start_seconds + min(seconds, clip.seconds)
    decoded = decoded_frames(clip, start)
    seen = (pixels_of(frame) for at, frame in decoded if start - 1 / clip.fps < at < end)
    return frames_move(seen)


def frames_move(frames: Iterable[Tensor]) -> bool:
    """Return whether any frame (3, H, W) uint8 looks unlike the first one.

    Both are compared in 32 × 32 places, so that neither noise nor what a codec leaves counts.
    """
    first: Tensor | None = None
    for frame in frames:
        places = stretch(frame[None], _PLACES)[0].short()
        if first is None:
            first = places
        elif int((places - first).abs().max()) > _LEVELS:
            return True
    return False
