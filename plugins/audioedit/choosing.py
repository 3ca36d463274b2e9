"""What a configuration names: providers, and where recordings come from."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ...core.config import Config


class ProviderConfig(Config):
    """Which provider does a part of the work, and with what options."""

    name: str = Field(description="As `audio-omni plugins list` has it.")
    options: dict[str, Any] = Field(default_factory=dict, description="Options of the provider.")


class IngredientSource(Config):
    """Recordings to mix, from any data source."""

    uri: str = Field(description="A data source, such as manifest:${DATA}/esc10/manifest.jsonl.")
    options: dict[str, Any] = Field(default_factory=dict, description="Options of the source.")
    dataset: str | None = Field(
        default=None, description="What records call it; left out: the URI without its folders."
    )
    group_by: str | None = Field(
        default=None,
        description="Field whose rows never cross a split, like freesound_id; left out: the id.",
    )
    group_prefix: str = Field(default="", description="Put before groups, like fs: or yt:.")
    words: Literal["row", "esc50"] = Field(
        default="row",
        description="Where names of sounds come from: the row's label and caption, or the table of "
        "ESC-50's classes.",
    )
    voice_consent: bool = Field(
        default=False,
        description="Whether all who speak or sing in it agreed to have their voices edited. "
        "Without it no edit is about a voice.",
    )
    max_rows: int | None = Field(default=None, gt=0, description="Read no more rows.")
