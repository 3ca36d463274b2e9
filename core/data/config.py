"""Settings of a task mixture: which sources, for which tasks, in which shares."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from ..config import Config


class SourceUseConfig(Config):
    """One entry of a mixture: rows of a source, learned as one task."""

    uri: str = Field(description="Where rows come from, for example 'soundworld:sounds'.")
    task: str = Field(description="Name or alias of the task that the rows are learned as.")
    weight: float = Field(default=1.0, gt=0, description="Relative share.")
    fade: list[tuple[Annotated[int, Field(ge=0)], Annotated[float, Field(ge=0)]]] = Field(
        default_factory=list,
        description="Factors of the weight at some steps, linear between them and constant beyond: "
        "[[0, 0], [1000, 1]] fades in, [[5000, 1], [6000, 0]] fades out.",
    )
    max_rows: int | None = Field(default=None, gt=0, description="Use the first so many rows.")
    max_epochs: float | None = Field(
        default=None, gt=0, description="Stop drawing after so many passes over the rows."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Options of the source.")

    @model_validator(mode="after")
    def _steps_of_the_fade_grow(self) -> SourceUseConfig:
        steps = [step for step, _ in self.fade]
        if any(later <= earlier for earlier, later in pairwise(steps)):
            raise ValueError(
                f"fade has steps {steps}; expected each to be later than the one before"
            )
        if self.fade and not any(factor for _, factor in self.fade):
            raise ValueError("fade is 0 throughout; leave the source out, or let it rise")
        return self


class MixtureConfig(Config):
    """A weighted mixture of sources; share ∝ weight, or weight · rows^(1 / temperature)."""

    sources: list[SourceUseConfig] = Field(
        min_length=1, description="What is learned: rows of a source, as a task, with a share."
    )
    temperature: float | None = Field(
        default=None,
        gt=0,
        description="Let a source's rows count: 1 draws in proportion to them, above 1 flattens. "
        "Left out: only the weights do.",
    )
    batches: Literal["mixed", "one_task"] = Field(
        default="mixed", description="Whether a batch has examples of all tasks, or of one."
    )


class LoaderConfig(Config):
    """How rows become batches."""

    batch_size: int = Field(default=24, gt=0, description="Examples per optimiser step.")
    workers: int = Field(default=0, ge=0, description="Processes that prepare examples.")
    pool: bool = Field(
        default=False,
        description="Render and encode every row once, before training, and keep it in memory.",
    )
    pool_folder: str | None = Field(
        default=None,
        description="Keep the pool on disk too, for resumes and other runs of the same model.",
    )
    feature_cache: str = Field(
        default="auto",
        description="Where features of frozen networks are kept between runs: a folder; auto, the "
        "user's cache folder, or $AUDIO_OMNI_CACHE; or off.",
    )
    feature_cache_gb: float = Field(
        default=20.0,
        gt=0,
        description="What that folder may hold, in 10^9 bytes; what was unused for longest goes.",
    )
    encoded: str | None = Field(
        default=None,
        description="Folder of `audio-omni data encode`: rows come from it encoded, and neither "
        "the codec nor frozen networks are loaded for them. May name variables: ${SCRATCH}/rows.",
    )
    encoded_missing: Literal["error", "live"] = Field(
        default="error",
        description="Sources that the folder does not hold: an error, or encoded as they are "
        "drawn, for which the frozen networks are loaded.",
    )
    max_skipped: int = Field(
        default=0,
        ge=0,
        description="Broken rows, of all processes together, to skip and count before the run "
        "stops.",
    )
    crop: str = Field(
        default="random",
        pattern="^(random|edit|start|error)$",
        description="Clips longer than clip_seconds: a seeded random crop; edit, one that shows at "
        "least half of what an edit could fill of it, where a row's span tells its place; the "
        "start; or an error.",
    )

    @field_validator("feature_cache", mode="before")
    @classmethod
    def _words_of_yaml(cls, value: Any) -> Any:
        """Take YAML's word ``off``, which it reads as false, for what it says."""
        words = {True: "auto", False: "off"}
        return words[value] if isinstance(value, bool) else value
