"""Options of the manifest source; imports no torch, so that plugins can name it cheaply."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from ..config import Config


class ManifestOptions(Config):
    """How the rows of a manifest are read."""

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
    longest_seconds: float | None = Field(
        default=None,
        gt=0,
        description="Leave out rows whose duration_s is longer, such as speech that is not cut.",
    )
    max_seconds: float = Field(default=3600.0, gt=0, description="Longest clip to read.")
