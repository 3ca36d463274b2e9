"""Options of what puts a wording to a language model, wherever that runs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ....core.config import Config


class PromptedLabelerConfig(Config):
    """What is asked about a clip, and which of the answered sounds are kept."""

    hint: Literal["none", "class"] = Field(
        default="none", description="Whether it is told the class that the data set gives."
    )
    hint_field: str = Field(default="label", description="Field of the row with that class.")
    keep: tuple[Literal["dominant", "clear", "faint"], ...] = Field(
        default=("dominant", "clear"), min_length=1, description="Sources to keep, by prominence."
    )
    prompt: str | None = Field(
        default=None, description="File of another wording, with slot {{hint}}."
    )


class PromptedWordingsConfig(Config):
    """What is asked about further wordings of an edit."""

    prompt: str | None = Field(
        default=None,
        description="File of another wording, with slots {{edit}}, {{language}}, {{slots}}, "
        "{{known}} and {{count}}.",
    )


class PromptedStyleWordsConfig(Config):
    """What is asked about sounds that take a sound's place."""

    prompt: str | None = Field(
        default=None,
        description="File of another wording, with slots {{label}}, {{count}} and {{others}}.",
    )
