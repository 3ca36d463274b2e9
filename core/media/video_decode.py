"""Decode a video in order, and turn a frame into pixels. Shapes: H height, W width in pixels."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import MediaError
from .video_file import VideoClip
from .video_stream import frame_seconds, import_av, picture_stream, time_zero

if TYPE_CHECKING:
    from torch import Tensor

Timed = Iterator[tuple[float, Any]]

SEEK_SECONDS = 2.0
"""From which start on it pays to jump there instead of decoding all that comes before."""


@dataclass(frozen=True)
class Drawn:
    """A frame of a clip in memory, with what a decoded one is asked for."""

    pixels: Any
    is_corrupt: bool = False
    rotation: int = 0

    def to_ndarray(self, format: str) -> Any:
        """Return (H, W, 3) uint8 RGB."""
        return self.pixels


def decoded_frames(clip: VideoClip, from_seconds: float = 0.0) -> Timed:
    """Yield (seconds since the file's time zero, frame), in the order in which they are shown.

    Args:
        clip: its ``start_seconds`` plays no part.
        from_seconds: what is over before this time may be left out.

    Raises:
        MediaError: where the file cannot be decoded.
    """
    if clip.pixels is not None:
        yield from ((k / clip.fps, Drawn(pixels)) for k, pixels in enumerate(clip.pixels))
        return
    av = import_av(clip.path)
    at = 0.0
    try:
        with av.open(clip.file(), metadata_errors="ignore") as container:
            stream = picture_stream(clip.path, container)
            frames = container.decode(stream)
            first = next(frames, None)
            if first is None:
                return
            zero = time_zero(container, frame_seconds(first), clip.fps)
            if from_seconds >= SEEK_SECONDS:
                container.seek(int((zero + from_seconds) / stream.time_base), stream=stream)
                frames = container.decode(stream)
                first = next(frames, None)
                if first is None or frame_seconds(first) - zero > from_seconds:
                    yield from decoded_frames(clip)  # a file without an index lands anywhere
                    return
            for frame in itertools.chain([first], frames):
                at = frame_seconds(frame) - zero
                yield at, frame
    except (av.FFmpegError, OSError, ValueError) as failure:
        raise MediaError(
            f"{clip.path} cannot be decoded beyond {at:.2f} s ({failure}). Copy or download it "
            "again, or cut it there."
        ) from None


def pixels_of(frame: Any) -> Tensor:
    """Return a decoded frame (3, H, W) uint8 RGB, upright as a viewer sees it."""
    import torch

    pixels = torch.from_numpy(frame.to_ndarray(format="rgb24"))  # (H, W, 3)
    # The turn is stored in degrees against the clock, as rot90 counts.
    return torch.rot90(pixels, round(frame.rotation / 90)).permute(2, 0, 1).contiguous()
