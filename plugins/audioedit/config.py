"""What a data set is made of: every number that decides a sample, as one record."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config
from .choosing import IngredientSource, ProviderConfig
from .real.config import RealConfig

Task = Literal["add", "remove", "extract", "style"]
SYNTHETIC: tuple[Task, ...] = ("add", "remove", "extract")
Range = tuple[float, float]


class LevelConfig(Config):
    """How loud backgrounds are, in LUFS."""

    mode: Literal["natural", "fixed"] = Field(
        default="natural", description="Keep a background's own level within a range, or set one."
    )
    natural_lufs: Range = Field(default=(-35.0, -16.0), description="Range of natural levels.")
    most_gain_db: float = Field(default=12.0, ge=0, description="Most gain under natural.")
    fixed_lufs: float = Field(default=-25.0, lt=0, description="Level under fixed.")


class SynthesisConfig(Config):
    """The synthesis branch: events mixed over backgrounds, exactly (paper section 3)."""

    scenes: int = Field(gt=0, description="Scenes to plan.")
    tasks: tuple[Task, ...] = Field(default=SYNTHETIC, description="Edits to make of scenes.")
    share_scenes: bool = Field(
        default=False,
        description="Whether each scene gives a pair of every task, or of one in turn.",
    )
    foreground: list[IngredientSource] = Field(min_length=1, description="Sounds to edit.")
    background: list[IngredientSource] = Field(min_length=1, description="What goes on behind.")
    events: dict[int, float] = Field(
        default_factory=lambda: {1: 0.6, 2: 0.25, 3: 0.15},
        description="Number of events in a scene → its share.",
    )
    pitch_semitones: Range = Field(default=(-3.0, 3.0), description="Range of pitch shifts.")
    stretch: Range = Field(default=(0.8, 1.2), description="Range of lengths; above 1 is longer.")
    snr_db: Range = Field(
        default=(0.0, 3.0), description="Loudness of an event over its background's, range in LU."
    )
    level: LevelConfig = Field(default_factory=LevelConfig, description="Level of backgrounds.")
    bandwidth_jitter: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="Share of scenes under one random low-pass of 4–16 kHz.",
    )
    stereo: bool = Field(default=False, description="Whether events are panned.")
    warper: ProviderConfig | None = Field(
        default_factory=lambda: ProviderConfig(name="signalsmith"),
        description="What changes pitch and length; none is needed where the ranges are 0 and 1.",
    )
    drop_speech: bool = Field(
        default=False, description="Whether recordings whose row says has_speech are rejected."
    )
    conflict_scorer: ProviderConfig | None = Field(
        default=None,
        description="A scorer, like clap: a background that sounds like a sound of the scene is "
        "passed over too. Left out: only one whose words name it.",
    )
    use: Literal["whole_trimmed", "single_event"] = Field(
        default="whole_trimmed", description="Whether recordings are cut at gaps into events."
    )

    @model_validator(mode="after")
    def _is_possible(self) -> SynthesisConfig:
        for name in ("pitch_semitones", "stretch", "snr_db"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} {low, high} is not a rising range")
        if self.stretch[0] <= 0:
            raise ValueError(f"stretch {self.stretch} reaches 0; lengths are multiplied by it")
        if "style" in self.tasks:
            raise ValueError("style transfer has no synthesis branch; leave it out of tasks")
        if not self.events or min(self.events) < 1 or min(self.events.values()) < 0:
            raise ValueError(f"events {self.events}: expected counts from 1 with shares from 0")
        if self.warps and self.warper is None:
            raise ValueError("pitch or length is changed, so a warper is needed")
        return self

    @property
    def warps(self) -> bool:
        """Tell whether any event changes pitch or length."""
        return self.pitch_semitones != (0.0, 0.0) or self.stretch != (1.0, 1.0)


class LimitsConfig(Config):
    """When a run stops by itself; it goes on with the same command."""

    max_attempts: int = Field(default=3, ge=1, description="Tries of an item that fails.")
    backoff_s: float = Field(default=1.0, ge=0, description="Wait before the second try.")
    fail_rate_stop: float = Field(
        default=0.05, gt=0, le=1, description="Share of failures that stops a stage, from 500 on."
    )
    min_free_bytes: int = Field(default=1 << 28, ge=0, description="Room to leave on the disk.")
    budget_usd: float | None = Field(default=None, gt=0, description="Most money to spend.")
    budget_tokens: int | None = Field(default=None, gt=0, description="Most tokens to spend.")


class PackConfig(Config):
    """How pairs become shards."""

    shard_samples: int = Field(default=1000, gt=0, description="Samples of a shard at most.")
    shard_bytes: int = Field(default=10**9, gt=0, description="Bytes of a shard at most.")
    by_task: bool = Field(default=False, description="Whether a shard holds one task only.")
    stems: bool = Field(
        default=False,
        description="Whether shards hold the stems of real pairs too: the sound, and the rest.",
    )
    commercial_only: bool = Field(
        default=False, description="Whether only pairs that commercial use is open to are packed."
    )
    licences: tuple[str, ...] | None = Field(
        default=None,
        min_length=1,
        description="Pack only pairs whose recordings are all under one of these licences, such "
        "as CC0-1.0; left out: any.",
    )
    leak_scorer: ProviderConfig | None = Field(
        default=None,
        description="A scorer, like clap: recordings of different splits with a cosine of 0.98 "
        "are compared by ear too. Left out: only those that share fingerprints.",
    )


class SplitConfig(Config):
    """What is never trained on. Recordings of one group are always on one side."""

    validation_fraction: float = Field(
        default=0.0, ge=0, lt=1, description="Share of groups (and of scenes) for validation."
    )
    held_out_folds: tuple[int, ...] = Field(
        default=(5,), description="Folds of ESC-50 that are kept for validation."
    )
    leak_guard: bool = Field(
        default=True, description="Whether recordings of different splits are compared by ear."
    )
    blocklist: str | None = Field(
        default=None, description="JSON lines of {group, reason}: never trained on."
    )


class WordsConfig(Config):
    """What edits are worded with, beside the languages that ship."""

    files: tuple[str, ...] = Field(
        default=(),
        description="Files of further languages, or of further classes of one that ships.",
    )
    more: tuple[str, ...] = Field(
        default=(), description="Files of wordings that `paraphrase` wrote and a person reviewed."
    )
    captions: Literal["own", "en"] = Field(
        default="own",
        description="Language of the captions: the wording's, for which backgrounds need words "
        "too, or English, which scorers of sound and words read best.",
    )


class AudioEditConfig(Config):
    """A data set of editing pairs."""

    dataset: str = Field(default="audioedit", pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Name.")
    version: str = Field(default="1", pattern=r"^[0-9A-Za-z._-]+$", description="Of the data set.")
    profile: str = Field(default="custom", description="What this configuration began with.")
    sample_rate_hz: int = Field(default=44100, ge=8000, le=48000, description="Rate of all audio.")
    clip_seconds: float = Field(default=10.0, gt=0, le=60, description="Length of a pair.")
    bits: Literal[16, 24] = Field(default=24, description="Of the integer grid, and of the FLAC.")
    languages: tuple[str, ...] = Field(
        default=("en",),
        min_length=1,
        description="Of wordings: en, de, or those of words.files; one is drawn for each pair.",
    )
    words: WordsConfig | None = Field(
        default=None, description="More languages and wordings; left out: those that ship."
    )
    items_per_part: int = Field(default=1024, gt=0, description="Roots of a part of a stage.")
    synthesis: SynthesisConfig | None = Field(default=None, description="The synthesis branch.")
    real: RealConfig | None = Field(default=None, description="The real branch.")
    limits: LimitsConfig = Field(default_factory=LimitsConfig, description="When to stop.")
    split: SplitConfig = Field(default_factory=SplitConfig, description="What is held out.")
    pack: PackConfig = Field(default_factory=PackConfig, description="How shards are cut.")

    @property
    def samples(self) -> int:
        """Return the length of a pair in samples."""
        return round(self.clip_seconds * self.sample_rate_hz)

    @property
    def key(self) -> str:
        """Return name and version, which begin all random streams."""
        return f"{self.dataset}/{self.version}"
