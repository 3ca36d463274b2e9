"""What users can ask of the tasks that speak; free of torch."""

from __future__ import annotations

from pydantic import Field, model_validator

from ..core.config import Config
from ..core.task import Request
from .fields import Audio, OptionalAudio, Words


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


class VoiceConversionRequest(Request):
    """A request to say what is said in a recording with another voice."""

    source_audio: Audio = Field(description="The speech to convert: a path.")
    voice_audio: Audio = Field(description="A recording of the voice to speak with: a path.")
    transcript: Words = Field(description="What is said in the speech to convert.")
    voice_transcript: Words | None = Field(
        default=None, description="What is said in the recording of the voice."
    )
    seconds: float | None = Field(
        default=None,
        gt=0,
        description="Length of the result in seconds; left out: as long as the source.",
    )


class SpeechEditRequest(Config):
    """A request to say something else in a part of a recording."""

    source_audio: Audio = Field(description="The speech to edit: a path.")
    transcript: Words = Field(description="What is said in the result, from its start to its end.")
    start_seconds: float = Field(
        ge=0, description="Where the part to replace begins in the source, in seconds."
    )
    end_seconds: float = Field(gt=0, description="Where it ends, in seconds.")
    new_seconds: float | None = Field(
        default=None,
        gt=0,
        description="How long the new part lasts, in seconds; left out: as long as the old one, "
        "or by the source's pace where source_transcript says what was said.",
    )
    source_transcript: Words | None = Field(
        default=None, description="What is said in the source, from its start to its end."
    )

    @model_validator(mode="after")
    def _part_has_a_length(self) -> SpeechEditRequest:
        if self.start_seconds >= self.end_seconds:
            raise ValueError(
                f"the part to replace goes from {self.start_seconds:g} to {self.end_seconds:g} s; "
                "expected start_seconds below end_seconds"
            )
        return self

    @model_validator(mode="after")
    def _words_differ(self) -> SpeechEditRequest:
        old = self.source_transcript
        if old is not None and old.casefold().split() == self.transcript.casefold().split():
            raise ValueError(
                "transcript says what source_transcript says, so there is nothing to edit; "
                "expected other words"
            )
        return self
