"""Settings of the training loop, its tracking and its measurements on held-out rows."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from ..config import Config
from ..data.config import SourceUseConfig
from ..metric_use import MetricUseConfig, check_labels
from ..models.lora_config import LoraConfig


class TrainConfig(Config):
    """The loop: AdamW with warm-up, clipping, accumulation and EMA (paper section 5.1)."""

    steps: int = Field(gt=0, description="Optimiser steps.")
    start_from: str | None = Field(
        default=None,
        description="Weights to begin with: the folder of a run, a checkpoint or an imported "
        "model. Components that it lacks are drawn anew.",
    )
    parts: list[str] = Field(
        default_factory=list,
        description="Components to train, such as conditioner-prompt; the others are held still. "
        "Left out: all.",
    )
    max_minutes: float | None = Field(
        default=None, gt=0, description="Stop earlier, at the first step after so many minutes."
    )
    learning_rate: float = Field(default=1e-3, gt=0, description="After the warm-up.")
    warmup_steps: int = Field(default=100, ge=0, description="Linear ramp from zero.")
    schedule: Literal["constant", "cosine"] = Field(
        default="constant", description="After the warm-up, over steps (or max_minutes)."
    )
    betas: tuple[float, float] = Field(
        default=(0.9, 0.95), description="Decay of AdamW's two running means, per step."
    )
    weight_decay: float = Field(default=1e-3, ge=0, description="Of weight matrices, decoupled.")
    max_gradient_norm: float = Field(
        default=1.0, gt=0, description="Gradients are scaled down to this norm."
    )
    lora: LoraConfig | None = Field(
        default=None,
        description="Train low-rank adapters of the transformer, and of the rest only `parts`.",
    )
    max_not_finite: int = Field(
        default=0,
        ge=0,
        description="Batches with a loss or gradient that is not finite to leave out, and count, "
        "before the run stops.",
    )
    task_gradients_every: int | None = Field(
        default=None,
        gt=0,
        description="Optimiser steps between measurements of each task's gradient, which cost as "
        "much as a step.",
    )
    accumulate: int = Field(
        default=1,
        gt=0,
        description="Forward passes per optimiser step, each of examples of like length.",
    )
    frames_per_pass: int | None = Field(
        default=None,
        gt=0,
        description="Most latent frames of a forward pass, padding included; as many passes are "
        "made as that takes, each of examples of like length. Left out: `accumulate` passes.",
    )
    ema_decay: float = Field(
        default=0.999, ge=0, lt=1, description="Decay per step of the averaged weights."
    )
    context_dropout: float = Field(
        default=0.1, ge=0, lt=1, description="Share of examples whose whole context is dropped."
    )
    loss_on: Literal["whole", "masked"] = Field(
        default="whole",
        description="Latent frames that count in an example's loss. masked: of an utterance of "
        "which a part was hidden in training, that part and one frame on either side; any other "
        "example counts whole. whole: all of every example, as in the paper.",
    )
    precision: Literal["float32", "bf16", "auto"] = Field(
        default="auto", description="auto: bf16 where the device has it, else float32."
    )
    checkpoint_every: int = Field(default=1000, gt=0, description="Optimiser steps.")
    save_in_background: bool = Field(
        default=True,
        description="Write a checkpoint while the next steps are taken, from a copy in memory.",
    )
    activation_checkpointing: bool = Field(
        default=False,
        description="Forget what happens inside the transformer's blocks, and compute it again for "
        "the backward pass: less memory, about a third more work.",
    )
    sharding: Literal["none", "full"] = Field(
        default="none",
        description="full: of several processes, each keeps a part of the transformer's weights, "
        "gradients, averages and optimiser (FSDP2); none: each keeps all.",
    )
    keep_checkpoints: int = Field(default=3, gt=0, description="Older ones are removed.")
    log_every: int = Field(default=10, gt=0, description="Optimiser steps between StepEnd events.")


class EvaluationConfig(Config):
    """Samples and measurements during training."""

    every: int | None = Field(default=None, gt=0, description="Steps between samples.")
    samples_per_task: int = Field(
        default=1, ge=0, description="Held-out rows that are generated and measured."
    )
    metrics: list[MetricUseConfig] = Field(
        default_factory=list,
        description="Metrics to log for the samples, each a name or a mapping; empty: the tasks' "
        "own.",
    )
    sources: list[SourceUseConfig] = Field(
        default_factory=list,
        description="Held-out rows; empty: the held-out siblings of the mixture's sources.",
    )

    @field_validator("metrics")
    @classmethod
    def _labels_differ(cls, metrics: list[MetricUseConfig]) -> list[MetricUseConfig]:
        check_labels(metrics)
        return metrics


class TrackingConfig(Config):
    """Which observers record the run."""

    observers: list[str] = Field(
        default_factory=lambda: ["mlflow", "jsonl"],
        description="Names of observers that record the run; [] records nothing.",
    )
    experiment: str = Field(default="audio-omni", description="MLflow experiment.")
    parent: str | None = Field(
        default=None,
        description="Folder of a study: in MLflow, runs that name the same one are the children of "
        "one run.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="Options of observers, by their name."
    )
