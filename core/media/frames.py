"""Frames of a video at a steady rate. Shapes: F frames, H height, W width in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from ..errors import MediaError
from .video_file import VideoClip, frame_seconds, import_av, picture_stream, time_zero

if TYPE_CHECKING:
    from torch import Tensor

Timing = Literal["exact", "whole_frames"]
"""How the frames of `sample_frames` are chosen."""

_ROUNDING_SECONDS = 6e-4
"""A little over half a millisecond: Matroska and Flash round frame times to milliseconds, and
what is copied from them to other containers stays so."""

Timed = Iterator[tuple[float, Any]]


def sample_frames(
    clip: VideoClip,
    *,
    fps: float,
    seconds: float,
    size: tuple[int, int] | None = (224, 224),
    timing: Timing = "exact",
) -> Tensor:
    """Return frames at a steady rate, from the clip's start: (F, 3, H, W) uint8 RGB.

    The file is decoded in order and only wanted frames are kept, at their final size. A clip
    that ends early holds its last frame; `sampling_notes` says so.

    Timing ``"exact"`` takes the frame that is on the screen at k / fps, by the frames' own
    times, so it holds for variable frame rates.

    Timing ``"whole_frames"`` is the reader of the published model: every n-th frame,
    n = ceil(average rate / fps), then the last one again up to F. Its defect: the true rate is
    average rate / n, which is fps only for whole multiples. At 30 frames per second and
    fps = 25 it takes 15 per second: 150 frames that span 10 s come as the first 6 s, followed by
    4 s of a still picture. For equal output only.

    Args:
        clip: what to read.
        fps: frames per second to take, above 0.
        seconds: how long to look, above 0; F = round(fps · seconds).
        size: (H, W) to stretch to, the aspect not kept; `None` keeps the size of the file.
        timing: how frames are chosen.

    Raises:
        MediaError: if the file cannot be decoded up to the last wanted frame.
    """
    import torch

    count = _count(fps, seconds)
    frames = _decoded(clip)
    if timing == "exact":
        picked = _on_screen(frames, [clip.start_seconds + k / fps for k in range(count)])
    else:
        picked = _every(frames, _interval(clip, fps), round(clip.start_seconds * clip.fps))
    pictures: list[Tensor] = []
    order: list[int] = []
    for frame, repeats in picked:
        pictures.append(_picture(frame, size))
        size = size or (pictures[0].shape[1], pictures[0].shape[2])
        order += [len(pictures) - 1] * repeats
        if len(order) >= count:
            break
    if not pictures:
        raise MediaError(
            f"{clip.path} has no frame from {clip.start_seconds:g} s on; expected one. Choose an "
            "earlier start."
        )
    order += order[-1:] * (count - len(order))
    return torch.stack(pictures)[order]


def stretch(frames: Tensor, size: tuple[int, int]) -> Tensor:
    """Return frames (F, 3, H, W) uint8 at another size, the aspect not kept.

    Bilinear with antialiasing, rounded; frames of the size are returned as they are.
    """
    import torch
    from torch.nn import functional

    if tuple(frames.shape[2:]) == tuple(size):
        return frames.contiguous()
    # In float, then rounded: torch's own uint8 kernel differs from the published model's by 1.
    stretched = functional.interpolate(
        frames.float(), size=tuple(size), mode="bilinear", antialias=True
    )
    return stretched.round().clamp(0, 255).to(torch.uint8)


def sampling_notes(
    clip: VideoClip,
    *,
    fps: float,
    seconds: float,
    size: tuple[int, int] | None = (224, 224),
    timing: Timing = "exact",
) -> tuple[str, ...]:
    """Return in words what `sample_frames` does to the clip, without decoding it."""
    notes = []
    interval = _interval(clip, fps)
    # Seconds of video that pass in one second of the frames that are returned.
    pace = 1.0 if timing == "exact" else fps * interval / clip.fps
    if pace != 1.0:
        notes.append(
            f"took one video frame in {interval} of {clip.fps:g} per second: "
            f"{clip.fps / interval:g} per second, shown as {fps:g}"
        )
    elif clip.fps != fps:
        notes.append(f"sampled video {clip.fps:g} → {fps:g} frames per second")
    if clip.seconds / pace < seconds - 1 / fps:
        notes.append(f"held the last video frame from {clip.seconds / pace:.2f} s to {seconds:g} s")
    if clip.seconds / pace > seconds + 1 / fps:
        notes.append(f"saw the first {seconds * pace:g} s of the video's {clip.seconds:.2f} s")
    if size is not None:
        notes.append(f"stretched video frames to {size[0]} × {size[1]} pixels")
    return tuple(notes)


def _count(fps: float, seconds: float) -> int:
    if not (0 < fps < math.inf and 0 < seconds < math.inf and round(fps * seconds) > 0):
        raise MediaError(
            f"Got {fps:g} frames per second for {seconds:g} s; expected a rate and a length above "
            "0 that make at least one frame."
        )
    return round(fps * seconds)


def _interval(clip: VideoClip, fps: float) -> int:
    return math.ceil(clip.fps / fps)


def _decoded(clip: VideoClip) -> Timed:
    """Yield (seconds since the file's time zero, frame), in the order in which they are shown."""
    av = import_av(clip.path)
    zero: float | None = None
    at = 0.0
    try:
        with av.open(str(clip.path), metadata_errors="ignore") as container:
            for frame in container.decode(picture_stream(clip.path, container)):
                if zero is None:
                    zero = time_zero(container, frame_seconds(frame), clip.fps)
                at = frame_seconds(frame) - zero
                yield at, frame
    except (av.FFmpegError, OSError, ValueError) as failure:
        raise MediaError(
            f"{clip.path} cannot be decoded beyond {at:.2f} s ({failure}). Copy or download it "
            "again, or cut it there."
        ) from None


def _on_screen(frames: Timed, times: list[float]) -> Iterable[tuple[Any, int]]:
    """Yield the frames that are shown at the times (rising), each with how many of them it has."""
    held = None
    done = 0
    for at, frame in frames:
        if held is not None:
            reached = done
            while reached < len(times) and times[reached] < at - _ROUNDING_SECONDS:
                reached += 1
            if reached > done:
                yield held, reached - done
            done = reached
            if done == len(times):
                return
        held = frame
    if held is not None:
        yield held, len(times) - done


def _every(frames: Timed, interval: int, first: int) -> Iterable[tuple[Any, int]]:
    for index, (_, frame) in enumerate(frames):
        if index >= first and (index - first) % interval == 0:
            yield frame, 1


def _picture(frame: Any, size: tuple[int, int] | None) -> Tensor:
    """Return a frame (3, H, W) uint8 as a viewer sees it: upright, then stretched to the size."""
    import torch

    # (H, W, 3); the turn is stored in degrees against the clock
    pixels = torch.from_numpy(frame.to_ndarray(format="rgb24"))
    upright = torch.rot90(pixels, round(frame.rotation / 90)).permute(2, 0, 1)
    return upright.contiguous() if size is None else stretch(upright[None], size)[0]
