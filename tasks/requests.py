"""What users can ask of the built-in tasks: request models, which load no torch.

Each field becomes a command-line flag, and its description the help text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from ..core.config import Config
from ..core.media.waveform import Waveform
from ..core.task import AudioInput, Request


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; expected words that say what to hear")
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


Words = Annotated[str, AfterValidator(_words)]
"""Text with at least one visible character; the wording of a task trims it."""


class TextRequest(Request):
    """A request to make audio from a description."""

    prompt: Words = Field(description="What to hear, in words.")


class EditRequest(Config):
    """The base of edits; the result is as long as the source."""

    source_audio: Annotated[AudioInput, BeforeValidator(_audio)] = Field(
        description="The recording to edit: a path."
    )
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
