"""What of a clip a model may not see: parts that a request blanks, and what comes after it.

Shapes: F frames of the clip, T frames in all.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.errors import RequestError
from ...core.media.waveform import Waveform
from ...core.payloads import ReferenceAudio
from .config import FrontEndConfig

RESAMPLING_REACH = 8
"""Samples of the lower rate, on either side, that one sample of a resampled clip is made of."""


def hidden_part(
    payload: ReferenceAudio, clip: Waveform, config: FrontEndConfig, frames: int, unknown_until: int
) -> dict[str, Any]:
    """Return what `training_mask.hidden_frames` needs to know of a clip, as caches can keep it.

    Args:
        payload: the clip with its blanked parts.
        clip: the same clip at the front end's rate.
        config: how it becomes frames.
        frames: how many there are, T.
        unknown_until: before which frame all is unknown that comes after the clip.

    Returns:
        ``hidden`` (T,) bool, true where a frame reads anything of a blanked part, and where it is
        unknown; ``clip_frames``, F; and ``utterance``: whether training draws what is hidden of
        the clip.

    Raises:
        RequestError: for a blanked part that is not within the clip.
    """
    own = config.frames_of(clip.seconds)
    hidden = _blanked_frames(payload, clip, config, frames)
    hidden[own:unknown_until] = True
    return {"hidden": hidden, "clip_frames": own, "utterance": payload.role == "speech"}


def result_frames(payload: ReferenceAudio, clip: Waveform, config: FrontEndConfig) -> int:
    """Return how many frames the result has: those of the clip unless ``seconds`` says more.

    Raises:
        RequestError: if the clip is longer than the result.
    """
    frames = config.frames_of(clip.seconds)
    total = frames if payload.seconds is None else config.frames_of(payload.seconds)
    if frames > total + 1:  # a frame may come of rounding
        raise RequestError(
            f"The {payload.role} lasts {clip.seconds:.3f} s, the result {payload.seconds:.3f} s; "
            "expected a clip that is no longer than what is made with it. Cut the clip, or ask "
            "for more seconds."
        )
    return max(frames, total)


def hiding_notes(payload: ReferenceAudio, clip: Waveform, seconds: float | None) -> tuple[str, ...]:
    """Return what of a clip is hidden, in words.

    Args:
        payload: the clip with its blanked parts.
        clip: its waveform.
        seconds: length of the result; what the clip lacks of it is unknown.
    """
    parts = [f"hid {start:.3f} … {end:.3f} s from the model" for start, end in payload.blanked]
    if seconds is not None and seconds > clip.seconds + 1 / clip.sample_rate_hz:
        parts.append(f"left {clip.seconds:.3f} … {seconds:.3f} s unknown")
    return tuple(parts)


def _blanked_frames(
    payload: ReferenceAudio, clip: Waveform, config: FrontEndConfig, frames: int
) -> Tensor:
    """Return which frames (T,) bool read anything of the blanked parts.

    A frame reads half a window on either side of its centre, so that frames just outside of a
    part are hidden, too: nothing that sounds in it reaches the model.
    """
    centres = config.hop * torch.arange(frames, dtype=torch.float64)
    reach = _reach(payload, config)
    hidden = torch.zeros(frames, dtype=torch.bool)
    for start, end in payload.blanked:
        _check_part(start, end, clip)
        begins, ends = start * config.sample_rate_hz, end * config.sample_rate_hz
        hidden |= (centres + reach > begins) & (centres - reach < ends)
    return hidden


def _reach(payload: ReferenceAudio, config: FrontEndConfig) -> float:
    """Return how far from its centre a frame reads, in samples at the front end's rate."""
    rate, reach = config.sample_rate_hz, config.fft_size / 2
    own = rate if payload.waveform is None else payload.waveform.sample_rate_hz
    if own != rate:
        reach += RESAMPLING_REACH * rate / min(own, rate)
    return reach + 1  # a window that is reflected at the clip's end reads one sample more


def _check_part(start: float, end: float, clip: Waveform) -> None:
    rounding = 1 / clip.sample_rate_hz
    if not 0 <= start < end <= clip.seconds + rounding:
        raise RequestError(
            f"Got a blanked part from {start:g} to {end:g} s; expected one within the clip, which "
            f"lasts {clip.seconds:.3f} s, that ends after it begins."
        )
