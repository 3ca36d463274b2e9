"""What users can ask of the built-in tasks: request models, which load no torch.

Each field becomes a command-line flag, and its description the help text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ..core.config import Config
from ..core.media.video_file import VideoClip
from ..core.media.waveform import Waveform
from ..core.task import AudioInput, Request, VideoInput


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; expected words")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as failure:
        raise ValueError(
            f"is not text in UTF-8 (character {failure.start}); expected words. Check the encoding "
            "of the terminal or file that they come from"
        ) from None
    return text


def _audio(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty; expected the path of an audio file")
    if not isinstance(value, str | Path | Waveform):
        raise ValueError(
            f"is a {type(value).__name__}; expected the path of an audio file, or a Waveform"
        )
    return value


def _video(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty; expected the path of a video file")
    if not isinstance(value, str | Path | VideoClip):
        raise ValueError(
            f"is a {type(value).__name__}; expected the path of a video file, or a VideoClip"
        )
    return value


def _optional(check: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else check(value))


Audio = Annotated[AudioInput, BeforeValidator(_audio)]
"""The path of an audio file, or a `Waveform`."""

OptionalAudio = Annotated[AudioInput, _optional(_audio)]
"""The same, or `None`. A union with `None` would lose what the annotation says of the field."""

Video = Annotated[VideoInput, BeforeValidator(_video)]
"""The path of a video file, or a `VideoClip`."""

OptionalVideo = Annotated[VideoInput, _optional(_video)]
"""The same, or `None`."""

Words = Annotated[str, AfterValidator(_words)]
"""Text with at least one visible character; the wording of a task trims it."""


class TextRequest(Request):
    """A request to make audio from a description."""

    prompt: Words = Field(description="What to hear, in words.")


class EditRequest(Config):
    """The base of edits; the result is as long as the source."""

    source_audio: Audio = Field(description="The recording to edit: a path.")
    instruction: Words | None = Field(
        default=None,
        description="The edit in your own words, in place of the built-in sentence.",
    )


class AddRequest(EditRequest):
    """A request to add a sound to a recording."""

    description: Words = Field(description="The sound to add, in words.")


class RemoveRequest(EditRequest):
    """A request to remove a sound from a recording."""

    description: Words = Field(description="The sound to remove, in words.")


class ExtractRequest(EditRequest):
    """A request to keep only one sound of a recording."""

    description: Words = Field(description="The sound to keep, in words.")


class StyleTransferRequest(EditRequest):
    """A request to turn one kind of sound into another."""

    source_category: Words = Field(description="The kind of sound that is there, in words.")
    target_category: Words = Field(description="The kind of sound it should become, in words.")

    @model_validator(mode="after")
    def _categories_differ(self) -> StyleTransferRequest:
        if self.source_category.strip().casefold() == self.target_category.strip().casefold():
            raise ValueError(
                f"source_category and target_category are both '{self.source_category}'; "
                "expected two different kinds of sound"
            )
        return self


class VideoRequest(Request):
    """A request to make audio for a video."""

    video: Video = Field(description="The video to make sound for: a path.")
    prompt: Words | None = Field(
        default=None, description="A hint at what to hear, in words; may be left out."
    )
    seconds: float | None = Field(
        default=None,
        gt=0,
        description="Length of the result in seconds; left out: as long as the video.",
    )


class SpeechRequest(Request):
    """A request to speak a text, in a given voice if there is one."""

    transcript: Words = Field(description="What to say.")
    voice_audio: OptionalAudio = Field(
        default=None, description="A recording of the voice to speak with: a path."
    )
    voice_transcript: Words | None = Field(
        default=None, description="What is said in the recording of the voice."
    )

    @model_validator(mode="after")
    def _words_have_a_voice(self) -> SpeechRequest:
        if self.voice_transcript is not None and self.voice_audio is None:
            raise ValueError(
                "voice_transcript without voice_audio; expected the recording in which it is said"
            )
        return self


class QuestionRequest(Config):
    """A question, about a recording or a video if one is given."""

    question: Words = Field(description="What to answer.")
    audio: OptionalAudio = Field(default=None, description="A recording to listen to: a path.")
    video: OptionalVideo = Field(default=None, description="A video to watch: a path.")
    use_video_audio: bool = Field(
        default=False, description="Listen to the video's own sound as well."
    )

    @model_validator(mode="after")
    def _one_sound_to_hear(self) -> QuestionRequest:
        if self.use_video_audio and (self.video is None or self.audio is not None):
            have = "no video" if self.video is None else "a recording besides"
            raise ValueError(
                f"use_video_audio with {have}; expected a video, and no other sound to hear"
            )
        return self
