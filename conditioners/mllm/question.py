"""A question about what is heard and seen, as a language model reads it.

Shapes: T tokens, F frames, H height, W width in pixels.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ...core.errors import RequestError
from ...core.media.video import VideoClip, sample_frames, sampling_notes
from ...core.payloads import Prompt
from .chat import question_messages, refuse_control_tokens
from .config import MllmConfig
from .media import frame_sampling, heard, model_inputs
from .thinker import Thinker


def question_inputs(thinker: Thinker, prompt: Prompt, config: MllmConfig) -> dict[str, Tensor]:
    """Return the conversation up to where the answer begins, on the CPU.

    Returns:
        Token ids (1, T) with their mask, and the features of audio and video.

    Raises:
        RequestError: if the question is too long, or holds control tokens.
        MediaError: if its video cannot be decoded.
    """
    processor = thinker.processor
    refuse_control_tokens(prompt, processor.tokenizer)
    frames, fps = _watched(prompt, config)
    inputs = model_inputs(
        processor,
        processor.apply_chat_template(
            question_messages(prompt), add_generation_prompt=True, tokenize=False
        ),
        audio=prompt.audio,
        frames=frames,
        fps=fps,
        audio_of_video=prompt.audio_of_video,
    )
    count = int(inputs["input_ids"].shape[1])
    if count > config.answer_max_tokens:
        raise RequestError(
            f"The question has {count} tokens with its audio and video; expected at most "
            f"answer_max_tokens = {config.answer_max_tokens}. Cut the clip."
        )
    return inputs


def question_notes(thinker: Thinker, prompt: Prompt, config: MllmConfig) -> tuple[str, ...]:
    """Return what is done to a question's audio and video before they are heard and seen."""
    notes: tuple[str, ...] = ()
    if prompt.audio is not None:
        notes += heard(prompt.audio, thinker.processor).conversions
    if isinstance(prompt.video, VideoClip):
        notes += prompt.video.conversions
        notes += sampling_notes(**_sampling(prompt.video, config))
    return notes


def _watched(prompt: Prompt, config: MllmConfig) -> tuple[Tensor | None, float | None]:
    """Return frames (F, 3, H, W) uint8 and their rate in hertz."""
    if not isinstance(prompt.video, VideoClip):
        return prompt.video, prompt.video_fps
    frames = sample_frames(**_sampling(prompt.video, config))
    return frames, config.answer_video_fps


def _sampling(clip: VideoClip, config: MllmConfig) -> dict[str, Any]:
    return frame_sampling(clip, fps=config.answer_video_fps, seconds=clip.seconds)
