"""A video as a value: opened, measured and checked once, decoded where frames are wanted.

Shapes: F frames, H height, W width in pixels.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MediaError
from .files import check_length, check_media_file
from .video_stream import frame_rate, frame_seconds, import_av, picture_stream, time_zero

if TYPE_CHECKING:
    import numpy as np

IN_MEMORY = Path("video in memory")


@dataclass(frozen=True)
class VideoClip:
    """A video on disk, whose frames are decoded by `sample_frames` and never all at once.

    One that was drawn or filmed just now can be held in memory instead, see `of_frames`.

    Time zero is the first frame, unless the sound begins earlier by a frame or more: then it is
    the beginning of the sound, so that picture and sound of one file stay in step.

    Attributes:
        path: the file; `IN_MEMORY` where there is none.
        seconds: from ``start_seconds`` to the end of the last frame, above 0.
        fps: average frame rate of the file, in frames per second; single gaps may differ.
        frames: pictures in the whole file.
        start_seconds: where in the file the clip begins, 0 or more.
        conversions: what is unlike the file or its header, in order, in words.
        pixels: (F, H, W, 3) uint8 RGB of a clip in memory, `None` for a file.
        sound_seconds: length of the sound to make for it, `None` where that is its own.
        data: the bytes of a file that is in memory, such as a member of an archive; ``path`` is
            then but its name.
    """

    path: Path
    seconds: float
    fps: float
    frames: int
    start_seconds: float = 0.0
    conversions: tuple[str, ...] = ()
    pixels: np.ndarray[Any, Any] | None = field(default=None, compare=False, repr=False)
    sound_seconds: float | None = None
    data: bytes | None = field(default=None, compare=False, repr=False)

    def file(self) -> str | io.BytesIO:
        """Return the clip's file from its start, as PyAV opens it."""
        return str(self.path) if self.data is None else io.BytesIO(self.data)

    @classmethod
    def of_frames(cls, pixels: np.ndarray[Any, Any], fps: float) -> VideoClip:
        """Return a clip in memory; frame k is on the screen from k / fps on.

        Args:
            pixels: (F, H, W, 3) uint8 RGB, at least one frame.
            fps: frames per second, above 0.

        Raises:
            MediaError: for another shape or type, or a rate that is not above 0.
        """
        if pixels.ndim != 4 or not len(pixels) or pixels.shape[3] != 3 or pixels.dtype != "uint8":
            raise MediaError(
                f"Got frames {tuple(pixels.shape)} of {pixels.dtype}; expected (F, H, W, 3) of "
                "uint8 with at least one frame."
            )
        if not fps > 0:
            raise MediaError(f"Got {fps} frames per second; expected a number above 0.")
        return cls(IN_MEMORY, len(pixels) / fps, fps, len(pixels), pixels=pixels)

    def starting_at(self, seconds: float) -> VideoClip:
        """Return the clip without its first ``seconds``, which its record says.

        Raises:
            MediaError: if nothing of the clip would be left.
        """
        if seconds == 0:
            return self
        if not 0 < seconds < self.seconds:
            raise MediaError(
                f"{self.path}: got a start at {seconds:g} s; expected 0 or more, and below the "
                f"clip's {self.seconds:.2f} s. Choose an earlier start."
            )
        return replace(
            self,
            seconds=self.seconds - seconds,
            start_seconds=self.start_seconds + seconds,
            conversions=(*self.conversions, f"left out the first {seconds:g} s of the video"),
        )

    def cut_to(self, seconds: float) -> VideoClip:
        """Return the clip up to ``seconds``, above 0; a clip that is shorter stays as it is."""
        return self if seconds >= self.seconds else replace(self, seconds=seconds)


Video = VideoClip | Callable[[], VideoClip]
"""A video, or what opens it when it is needed."""


def load_video(path: str | Path, *, max_seconds: float = 3600.0) -> VideoClip:
    """Return a video's facts after decoding its first frame and counting the others.

    Args:
        path: a file that PyAV reads; of several video streams the first one counts.
        max_seconds: longest video to accept.

    Raises:
        MediaError: if the file is missing, a folder, empty, no video, without a frame, damaged
            or too long; names the file and what to do.
    """
    path = Path(path)
    check_media_file(path, "video")
    return _load(path, None, max_seconds)


def load_video_bytes(data: bytes, name: str, *, max_seconds: float = 3600.0) -> VideoClip:
    """Return what `load_video` does, of a file in memory, which the clip keeps.

    Args:
        data: the file.
        name: what messages call it.
        max_seconds: longest video to accept.

    Raises:
        MediaError: as `load_video`.
    """
    if not data:
        raise MediaError(f"{name} is empty (0 bytes); expected video. Write it again.")
    return _load(Path(name), data, max_seconds)


def _load(path: Path, data: bytes | None, max_seconds: float) -> VideoClip:
    av = import_av(path)
    file = str(path) if data is None else io.BytesIO(data)
    try:
        with av.open(file, metadata_errors="ignore") as container:
            stream = picture_stream(path, container)
            if container.duration is not None:
                check_length(path, container.duration / 1e6, max_seconds)
            return replace(_measure(path, container, stream, max_seconds), data=data)
    except (av.FFmpegError, OSError, ValueError) as failure:
        start = data[:12] if data is not None else _first_bytes(path)
        raise MediaError(_not_readable(path, start, failure)) from None


def as_video(value: Any) -> VideoClip:
    """Return a clip from the path of a file, or a clip as it is.

    Raises:
        MediaError: as `load_video`; or if the value is neither.
    """
    if isinstance(value, VideoClip):
        return value
    if isinstance(value, str | Path):
        return load_video(value)
    raise MediaError(
        f"Got video as {type(value).__name__}; expected the path of a file, or a VideoClip."
    )


def _measure(path: Path, container: Any, stream: Any, max_seconds: float) -> VideoClip:
    fps = frame_rate(stream)
    first: float | None = None
    begin, end, count = float("inf"), float("-inf"), 0
    for packet in container.demux(stream):
        if first is None:
            for frame in packet.decode()[:1]:
                first = frame_seconds(frame)
        if packet.size == 0 or packet.is_discard:
            continue
        count += 1
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is not None:
            at = float(stamp * packet.time_base)
            lasts = float(packet.duration * packet.time_base) if packet.duration else 1 / (fps or 1)
            begin, end = min(begin, at), max(end, at + lasts)
        check_length(path, end - begin, max_seconds)
    if first is None:
        raise MediaError(
            f"{path} has 0 frames that can be decoded; expected at least one. Copy or download "
            "it again, or leave the video out."
        )
    fps = fps or (count / (end - begin) if end > begin else 1.0)
    zero = time_zero(container, first, fps)
    notes = []
    if first > zero:
        notes.append(f"the picture begins {first - zero:.3f} s late; its first frame is held")
    if stream.frames > count:
        notes.append(f"found {count} frames where the header announces {stream.frames}")
    return VideoClip(path, max(end - zero, 1 / fps), fps, count, conversions=tuple(notes))


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(12)


def _not_readable(path: Path, start: bytes, failure: Exception) -> str:
    return (
        f"{path} is not a video that can be read ({type(failure).__name__}); it starts with "
        f"{start!r}. Expected MP4, MOV, MKV, WebM, AVI or MPEG. Convert or download it again."
    )
