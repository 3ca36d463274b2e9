"""What counts as wrong with a manifest and its audio."""

from __future__ import annotations

from pydantic import Field

from ..config import Config


class CheckOptions(Config):
    """What counts as wrong."""

    field_map: dict[str, str] = Field(default_factory=dict, description="As for manifests.")
    sample_rate_hz: int | None = Field(
        default=None, gt=0, description="Rate to expect; left out: each row's sample_rate."
    )
    min_seconds: float = Field(default=0.1, ge=0, description="Shorter clips are too short.")
    max_seconds: float = Field(default=3600.0, gt=0, description="Longer clips are not read.")
    mute_dbfs: float = Field(default=-60.0, description="Clips whose peak is below it are mute.")
    duration_tolerance_s: float = Field(default=0.1, ge=0)
    workers: int = Field(default=2, ge=0, description="Processes; 0 checks in this one.")
