"""What to score, and what is done to clips before anything listens; loads no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ...core.config import Config

SILENT_DBFS = -60.0
"""A clip whose peak lies below is silent."""

RESAMPLER = "torchaudio sinc_interp_hann, width 6, rolloff 0.99, float32"
PEAK_DBFS = -1.0
TOLERANCE_SAMPLES = 512
"""Durations of a pair that differ by no more are alike: codecs round to a frame."""


class Policies(Config):
    """What is done to every clip, of both sides alike, before a metric or its network sees it."""

    channels: Literal["mean", "first", "as_is"] = Field(
        default="mean", description="How many channels become one."
    )
    sample_rate_hz: int | None = Field(
        default=None, gt=0, description="Rate of all clips; left out: each keeps its own."
    )
    durations: Literal["refuse", "shorter", "as_is"] = Field(
        default="refuse", description="What becomes of pairs of unlike duration."
    )
    cut_seconds: float | None = Field(
        default=None, gt=0, description="Longer clips are cut at this many seconds."
    )
    level: Literal["as_is", "peak"] = Field(
        default="as_is", description=f"Level: as it is, or a peak of {PEAK_DBFS:g} dBFS."
    )

    def fingerprint(self) -> dict[str, Any]:
        """Return the policies, with the resampler where there is one."""
        resampler = RESAMPLER if self.sample_rate_hz else None
        return {**self.model_dump(mode="json"), "resampler": resampler}


class RowCut(Config):
    """Rows that were longer than a clip, and were cut before any clip was made of them."""

    rule: str = Field(
        default="around the first edited span, from the start where there is none",
        description="Where a cut lies: input, answer and truth are cut there together.",
    )
    clip_seconds: float = Field(gt=0, description="What is left of a row.")
    rows: int = Field(ge=0, description="How many were cut.")
    later: int = Field(ge=0, description="How many of these not from their start.")
    of: int = Field(ge=0, description="Of how many.")

    def fingerprint(self) -> dict[str, Any]:
        """Return what decides numbers."""
        return {"rule": self.rule, "clip_seconds": self.clip_seconds}

    def __str__(self) -> str:
        """Return a sentence."""
        return (
            f"{self.rows} of {self.of} rows last longer than a clip of {self.clip_seconds:g} s and "
            f"were cut {self.rule}: {self.later} begin later than their row. Input, answer, spans "
            "and clip are of the same seconds."
        )


class ScoreOptions(Config):
    """What to score."""

    metrics: tuple[str, ...] = Field(min_length=1, description="Registered metrics.")
    options: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Options of metrics, by metric."
    )
    generated: Path = Field(description="Folder or manifest of the clips to measure.")
    reference: Path | None = Field(default=None, description="Folder or manifest of references.")
    pairs: Path | None = Field(default=None, description="File that names pairs.")
    captions: Path | None = Field(default=None, description="File of captions by id.")
    videos: Path | None = Field(
        default=None, description="Folder or manifest of the videos that clips were made for."
    )
    policies: Policies = Field(default_factory=Policies, description="What is done to clips.")
    row_cut: RowCut | None = Field(
        default=None, description="How whoever made the clips has cut the rows; told."
    )
    candidates: int = Field(
        default=1,
        ge=1,
        description="Clips made for each row, of which one was chosen.",
    )
    allow_missing: bool = Field(default=False, description="Measure the pairs that there are.")
    skip_unreadable: bool = Field(default=False, description="Leave out broken files, counted.")
    skip_unmeasurable: bool = Field(
        default=False, description="Leave out rows that a metric refuses, counted."
    )

    def shared_fingerprint(self) -> dict[str, Any]:
        """Return what belongs to the fingerprint of every metric."""
        cut = {"row_cut": self.row_cut.fingerprint()} if self.row_cut is not None else {}
        policies = self.policies.fingerprint()
        return {"policies": policies, "candidates": self.candidates, **cut}
