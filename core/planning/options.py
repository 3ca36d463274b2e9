"""What a plan assumes: the machine, how it is used, and what is known of the data."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ..config import Config
from ..training.config import TrainConfig


class PlanOptions(Config):
    """The machine, and what a plan cannot know by itself."""

    gpus: int = Field(default=1, gt=0, description="GPUs in all.")
    gpu_memory_gib: float = Field(default=80.0, gt=0, description="Memory of each, in GiB.")
    sharding: Literal["none", "full"] = Field(
        default="none",
        description="none: every GPU holds all weights (DDP); full: each holds 1/N of weights, "
        "gradients, optimiser and average (FSDP2).",
    )
    checkpointing: bool = Field(
        default=False, description="Keep only what enters a block, and compute it anew."
    )
    features: Literal["computed", "cached"] = Field(
        default="computed",
        description="Whether codec and frozen networks run in every step, or latents and features "
        "were encoded before.",
    )
    micro_batch: int | None = Field(
        default=None,
        gt=0,
        description="Examples of one pass of a GPU; left out: loader.batch_size / GPUs / "
        "train.accumulate.",
    )
    precision: Literal["bf16", "float32"] = Field(
        default="bf16", description="Of matrix products; weights stay in float32."
    )
    peak_tflops: float = Field(
        default=312.0, gt=0, description="Peak of a GPU at that precision, in 10^12 operations/s."
    )
    utilisation: float = Field(
        default=0.4, gt=0, le=1, description="Share of the peak that is reached."
    )
    examples_per_second: float | None = Field(
        default=None,
        gt=0,
        description="Measured, of one GPU; takes the place of peak and utilisation.",
    )
    reserve: float = Field(
        default=0.1,
        ge=0,
        lt=1,
        description="Share of the memory for the driver, communication and fragmentation.",
    )
    prompt_tokens: int = Field(
        default=120, gt=0, description="Tokens of a prompt's text, with the sentences around it."
    )
    hours: float | None = Field(
        default=None,
        gt=0,
        description="Hours of training data; left out: counted from the sources, where they are.",
    )


def as_trained(train: TrainConfig) -> dict[str, Any]:
    """Return what a recipe's ``train`` says of sharding and checkpointing."""
    return {"sharding": train.sharding, "checkpointing": train.activation_checkpointing}
