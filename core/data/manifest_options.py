"""Options of the manifest source; imports no torch, so that plugins can name it cheaply."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..config import Config


class JoinOptions(Config):
    """Which other line of the manifest gives a row a further clip.

    Of the lines that fit, one is chosen, for each row always the same.
    """

    same: list[str] = Field(
        min_length=1, description="Fields in which the other line is like this one, as [speaker]."
    )
    other: list[str] = Field(
        default_factory=list, description="Fields in which it is unlike this one, as [digit]."
    )
    fields: dict[str, str] = Field(
        default_factory=dict,
        description="Our field → the other line's, as {voice_transcript: transcript}.",
    )
    longest_seconds: float | None = Field(
        default=None, gt=0, description="Leave out lines whose duration_s is longer."
    )


class ManifestOptions(Config):
    """How the rows of a manifest are read."""

    folder: str | None = Field(
        default=None, description="Folder that paths are relative to; left out: the manifest's."
    )
    field_map: dict[str, str] = Field(
        default_factory=dict,
        description="Our field → the manifest's own name for it, like {audio: path}.",
    )
    fields: dict[str, Any] = Field(
        default_factory=dict, description="Constant fields, for rows that lack them."
    )
    filter: dict[str, list[Any] | str | int | float | bool] = Field(
        default_factory=dict,
        description="Keep rows whose field is (one of) the given values, like {label: [dog]}.",
    )
    join: dict[str, JoinOptions] = Field(
        default_factory=dict,
        description="Our name of a further clip (source_audio, voice_audio) → the line of this "
        "manifest that it comes from. A row for which there is no such line is left out.",
    )
    held_out_fraction: float = Field(
        default=0.0, ge=0, lt=1, description="Share of rows (or groups) never trained on."
    )
    held_out_by: str | None = Field(
        default=None,
        description="Field whose rows stay together in the hold-out, like speaker.",
    )
    trim: bool = Field(
        default=False, description="Cut clips to active_start_s … active_end_s of their row."
    )
    event_onset: str | None = Field(
        default=None,
        description="What `events` call their onset in seconds, like t, where it is not onset_s. "
        "Each must have it; one without a label has its row's.",
    )
    event_seconds: float = Field(
        default=0.05, gt=0, description="With event_onset: length of events without length_s."
    )
    longest_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Leave out rows whose duration_s is longer, such as speech that is not cut.",
    )
    repeats: int = Field(
        default=1,
        ge=1,
        description="How often each row of training comes: a pool keeps one crop of a row, and so "
        "keeps several of long ones.",
    )
    max_seconds: float = Field(default=3600.0, gt=0, description="Longest clip to read.")
