"""Which frames of a video the extractor is shown. Shapes: F frames, P pixels of a frame's side."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.errors import MediaError, RequestError
from ...core.media.video import VideoClip
from ...core.models.synchformer.segments import FPS
from .config import SynchformerConfig
from .segments import frame_count


def frame_sampling(config: SynchformerConfig, clip: VideoClip) -> dict[str, Any]:
    """Return how frames of a clip are chosen, for `sample_frames` and `sampling_notes`.

    Raises:
        RequestError: if on timeline ``"seconds"`` the sound lasts longer than is seen.
    """
    in_time = config.timeline == "seconds"
    return {
        "fps": FPS,
        "seconds": _followed_seconds(config, clip) if in_time else config.seconds,
        "size": (config.frame_pixels, config.frame_pixels),
        "timing": config.timing,
    }


def _followed_seconds(config: SynchformerConfig, clip: VideoClip) -> float:
    """Return the length of the clip's sound, all of which tokens at their own times span."""
    wanted = clip.seconds if clip.sound_seconds is None else clip.sound_seconds
    if wanted > config.seconds + 1 / FPS:
        raise RequestError(
            f"The sound to make lasts {wanted:.2f} s; conditioner 'synchformer' follows at most "
            f"seconds = {config.seconds:g} of a video. Ask for fewer seconds, cut the video, or "
            "raise `seconds` to the model's `clip_seconds`."
        )
    return max(min(wanted, config.seconds), 1 / FPS)


def check_frames(config: SynchformerConfig, frames: Tensor) -> None:
    """Raise MediaError unless frames are (F, 3, P, P) uint8 of as many as the timeline takes."""
    pixels, most = config.frame_pixels, frame_count(config.seconds)
    fewest = 1 if config.timeline == "seconds" else most
    fits = frames.shape[1:] == (3, pixels, pixels) and fewest <= len(frames) <= most
    if not fits or frames.dtype is not torch.uint8:
        count = f"{most}" if fewest == most else f"{fewest}…{most}"
        raise MediaError(
            f"Conditioner 'synchformer' got frames {tuple(frames.shape)} of {frames.dtype}; "
            f"expected ({count}, 3, {pixels}, {pixels}) of torch.uint8, at {FPS:g} per second. "
            "Make them with `sample_frames`, or give a VideoClip."
        )
