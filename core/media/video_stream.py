"""The stream of pictures in a file that PyAV opened, and its clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import MediaError


def import_av(path: Path) -> Any:
    """Return the module ``av``, imported on first use.

    Raises:
        MediaError: if PyAV is not installed.
    """
    try:
        import av
    except ImportError:
        raise MediaError(
            f"{path} needs PyAV to be read, which is not installed. Run: "
            "pip install 'audio-omni[data]'."
        ) from None
    return av


def picture_stream(path: Path, container: Any) -> Any:
    """Return the first stream of moving pictures, for one thread; an album's cover is none.

    Raises:
        MediaError: if there is no such stream.
    """
    for stream in container.streams.video:
        if not stream.disposition & stream.disposition.attached_pic:
            # With several threads, which errors are reported varies from run to run.
            stream.codec_context.thread_count = 1
            return stream
    sound = "sound only" if container.streams.audio else "no picture"
    raise MediaError(
        f"{path} holds {sound}; expected a file with a video stream. Give another file, or leave "
        "the video out."
    )


def time_zero(container: Any, first_seconds: float, fps: float) -> float:
    """Return which moment of the file's clock is a clip's time zero, in seconds.

    Containers round the starts of their streams, so an offset below one frame is none.
    """
    start = first_seconds if container.start_time is None else container.start_time / 1e6
    return start if first_seconds - start >= 1 / fps else first_seconds


def frame_rate(stream: Any) -> float | None:
    """Return the average frame rate that a stream announces, or `None`."""
    rate = stream.average_rate or stream.guessed_rate
    return float(rate) if rate else None


def frame_seconds(frame: Any) -> float:
    """Return when a decoded frame is shown, on the file's clock.

    Raises:
        MediaError: if the frame carries no time.
    """
    if frame.time is None:
        raise MediaError(
            "The video has frames without a time. Write it anew, for example with "
            "`ffmpeg -fflags +genpts -i IN -c copy OUT.mp4`."
        )
    return float(frame.time)
