"""Frames of a video at a steady rate. Shapes: F frames, H height, W width in pixels."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal

from ..errors import MediaError
from .video_decode import Timed, decoded_frames, pixels_of
from .video_file import VideoClip

if TYPE_CHECKING:
    from torch import Tensor

Timing = Literal["exact", "whole_frames"]
"""How the frames of `sample_frames` are chosen."""

_ROUNDING_SECONDS = 6e-4
"""A little over half a millisecond: Matroska and Flash round frame times to milliseconds, and
what is copied from them to other containers stays so."""


def sample_frames(
    clip: VideoClip,
    *,
    fps: float,
    seconds: float,
    size: tuple[int, int] | None = (224, 224),
    timing: Timing = "exact",
    fit: Callable[[Tensor], Tensor] | None = None,
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
        fit: brings frames (1, 3, H, W) uint8 to another size, in place of ``size``.

    Raises:
        MediaError: if the file cannot be decoded up to the last wanted frame, or one is damaged.
    """
    import torch

    count = _count(fps, seconds)
    if timing == "exact":
        times = [clip.start_seconds + k / fps for k in range(count)]
        picked = _on_screen(decoded_frames(clip, clip.start_seconds), times)
    else:
        first = round(clip.start_seconds * clip.fps)
        picked = _every(decoded_frames(clip), _interval(clip, fps), first)
    pictures: list[Tensor] = []
    order: list[int] = []
    for frame, repeats in picked:
        if frame.is_corrupt:
            raise MediaError(
                f"{clip.path} has a damaged frame at {frame.time:.2f} s. Copy or download it "
                "again, or cut it there."
            )
        pixels = pixels_of(frame)
        size = size or (pixels.shape[1], pixels.shape[2])
        pictures.append(fit(pixels[None])[0] if fit else stretch(pixels[None], size)[0])
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
