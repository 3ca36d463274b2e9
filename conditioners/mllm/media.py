"""A prompt's audio and video in the form that the processor takes.

Shapes: N samples, F frames, H height, W width in pixels, T tokens.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ...core.errors import RequestError
from ...core.media.audio import Waveform, resample, to_channels
from ...core.media.video import Timing, VideoClip

Inputs = Mapping[str, Tensor]
"""What a language model takes, by name: token ids, their mask, features of audio and video."""

TEXT_INPUTS = ("input_ids", "attention_mask")
MODEL_INPUTS = frozenset(
    {
        *TEXT_INPUTS,
        "input_features",
        "feature_attention_mask",
        "pixel_values_videos",
        "video_grid_thw",
        "video_second_per_grid",
    }
)

FRAME_SIZE = (224, 224)
"""Pixels that frames of a file are brought to, (H, W); the processor goes on from there."""


def frame_sampling(
    clip: VideoClip, *, fps: float, seconds: float, timing: Timing = "exact"
) -> dict[str, Any]:
    """Return how frames of a file are chosen, for `sample_frames` and `sampling_notes`.

    Args:
        clip: the file.
        fps: frames per second.
        seconds: how much of it is watched; of a very short file at least one frame.
        timing: how frames are chosen.
    """
    return {
        "clip": clip,
        "fps": fps,
        "seconds": max(seconds, 1 / fps),
        "size": FRAME_SIZE,
        "timing": timing,
    }


def heard(audio: Waveform, processor: Any) -> Waveform:
    """Return a clip (1, N) at the rate of the model's ear, which cuts what is too long.

    Raises:
        RequestError: if the clip is longer than the ear hears.
    """
    ear = processor.feature_extractor
    if audio.seconds > ear.chunk_length:
        raise RequestError(
            f"The prompt's audio lasts {audio.seconds:.2f} s; the language model hears at "
            f"most {ear.chunk_length} s. Cut the clip."
        )
    return resample(to_channels(audio, 1), ear.sampling_rate)


def model_inputs(
    processor: Any,
    text: str,
    *,
    audio: Waveform | None = None,
    frames: Tensor | None = None,
    fps: float | None = None,
    audio_of_video: bool = False,
) -> dict[str, Tensor]:
    """Return token ids (1, T), and the features of audio and video, on the CPU.

    Args:
        processor: a ``Qwen2_5OmniProcessor``.
        text: the conversation, with one mark for each medium.
        audio: a clip of any rate.
        frames: (F, 3, H, W) uint8.
        fps: rate of the frames, in hertz; `None` leaves the processor to believe its own.
        audio_of_video: whether the clip is the video's own sound, to be interleaved with it.

    Raises:
        RequestError: if the clip is longer than the language model hears.
    """
    if audio is None and frames is None:
        inputs = processor.tokenizer(text, return_tensors="pt")
    else:
        media: dict[str, Any] = {}
        if audio is not None:
            media["audio"] = [heard(audio, processor).samples[0].numpy()]
        if frames is not None:
            media["videos"] = [frames]
            if fps is not None:
                media["videos_kwargs"] = {"fps": fps}
        if audio_of_video:
            media.update(load_audio_from_video=True, audio_from_video_indices=[0])
        inputs = processor(text=text, return_tensors="pt", **media)
    return {name: torch.as_tensor(value) for name, value in inputs.items() if name in MODEL_INPUTS}
