"""What users can ask of the tasks that make, edit and understand; free of torch.

Each field becomes a command-line flag, and its description the help text. What speaks is asked
for in `speech_requests`.
"""

from __future__ import annotations

from pydantic import Field, model_validator

from ..core.config import Config
from ..core.task import Request
from .fields import Audio, OptionalAudio, OptionalVideo, Video, Words


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


class InstructionEditRequest(EditRequest):
    """A request to change a recording as told, in words of one's own."""

    instruction: Words = Field(description="What to change, in your own words.")


class InContextRequest(Request):
    """A request to make something new after the model of a recording."""

    reference_audio: Audio = Field(description="The recording to take after: a path.")
    instruction: Words = Field(description="What to make of it, in words.")


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


class QuestionRequest(Config):
    """A question, about a recording or a video if one is given."""

    question: Words = Field(description="What to answer.")
    system: Words | None = Field(
        default=None, description="Who answers and how, in place of the built-in sentence."
    )
    audio: OptionalAudio = Field(default=None, description="A recording to listen to: a path.")
    video: OptionalVideo = Field(default=None, description="A video to watch: a path.")
    use_video_audio: bool = Field(
        default=False, description="Listen to the video's own sound as well."
    )

    choices: list[Words] | None = Field(
        default=None,
        min_length=2,
        description="Answers to choose from, the flag once for each; left out: answer freely.",
    )

    @model_validator(mode="after")
    def _choices_differ(self) -> QuestionRequest:
        kinds = {choice.strip().casefold() for choice in self.choices or []}
        if len(kinds) < len(self.choices or []):
            raise ValueError(f"choices are {self.choices}; expected each of them once")
        return self

    @model_validator(mode="after")
    def _one_sound_to_hear(self) -> QuestionRequest:
        if self.use_video_audio and (self.video is None or self.audio is not None):
            have = "no video" if self.video is None else "a recording besides"
            raise ValueError(
                f"use_video_audio with {have}; expected a video, and no other sound to hear"
            )
        return self
