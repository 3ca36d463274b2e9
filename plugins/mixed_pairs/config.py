"""Options of mixed editing pairs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config


class MixedOptions(Config):
    """What to mix.

    ``mixed:add``, ``mixed:remove`` and ``mixed:extract`` draw from ``events`` and
    ``backgrounds``; ``mixed:recipes`` renders a list of written recipes.
    """

    events: list[str] = Field(
        default_factory=list,
        description="Manifests of short sounds; for recipes, they say which are held out.",
    )
    backgrounds: list[str] = Field(default_factory=list, description="Manifests of backgrounds.")
    field_map: dict[str, str] = Field(
        default_factory=lambda: {"audio": "path"}, description="As for manifests."
    )
    recipes: str | None = Field(default=None, description="Recipes as JSON lines.")
    data_root: str | None = Field(
        default=None, description="Folder of the files in recipes; left out: two levels above."
    )
    task: Literal["add", "remove", "extract", "replace"] | None = Field(
        default=None, description="Render recipes of this task only."
    )
    clip_seconds: float | None = Field(
        default=None, gt=0, description="Length of a pair; left out: 10 s, or the recipe's."
    )
    sample_rate_hz: int = Field(default=44100, gt=0, description="Rate to mix drawn pairs at.")
    snr_db: tuple[float, float] = Field(
        default=(0.0, 3.0), description="Power of an event over that of the background, range."
    )
    n_events: tuple[int, int] = Field(default=(1, 3), description="Events in a pair, range.")
    max_event_seconds: float = Field(default=5.0, gt=0, description="Longer events are cut.")
    rows: int = Field(default=10_000, gt=0, description="Number of pairs to draw.")
    seed: int = Field(default=0, ge=0, description="Pair i is a function of seed and i.")
    held_out_fraction: float = Field(
        default=0.1, ge=0, lt=1, description="Share of clips (or recipes) kept for the hold-out."
    )
    held_out_by: str | None = Field(
        default=None, description="Field whose clips stay together in the hold-out."
    )
    held_out_rows: int = Field(default=256, gt=0, description="Pairs drawn of held-out clips.")

    @model_validator(mode="after")
    def _ranges_rise(self) -> MixedOptions:
        if self.snr_db[0] > self.snr_db[1]:
            raise ValueError(f"snr_db {self.snr_db} is not a rising range")
        if not 1 <= self.n_events[0] <= self.n_events[1]:
            raise ValueError(f"n_events {self.n_events} is not a rising range from 1")
        return self
