"""What a model consists of: codec, conditioners with their routes, transformer."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from ..config import Config
from ..specs import ConcatAxis, Injection


class DiTConfig(Config):
    """Size of the diffusion transformer (paper section 4.2; release: 2048 × 36, 32 heads)."""

    width: int = Field(gt=0, description="Width of the residual stream.")
    depth: int = Field(gt=0, description="Number of blocks.")
    heads: int = Field(gt=0, description="Attention heads; must divide the width.")
    condition_width: int = Field(gt=0, description="Width of every conditioner's tokens.")
    patch_frames: int = Field(default=1, gt=0, description="Latent frames in one token.")
    aligned: bool = Field(
        default=True,
        description="Whether conditions can enter on axis 'channel'; the release has no such part.",
    )

    @model_validator(mode="after")
    def _heads_divide_width(self) -> DiTConfig:
        if self.width % self.heads or (self.width // self.heads) % 2:
            raise ValueError(
                f"width {self.width} over {self.heads} heads gives no even head width; "
                "choose heads so that width / heads is an even whole number"
            )
        return self


class CodecUse(Config):
    """The codec of a model, by plugin name, with its options."""

    name: str = Field(description="Name of a registered codec, for example 'mel'.")
    options: dict[str, Any] = Field(default_factory=dict, description="Options of that codec.")


class ConditionerUse(Config):
    """One conditioner of a model. The key in the model config names its weights."""

    name: str = Field(description="Name of a registered conditioner, for example 'mllm'.")
    injection: Injection | None = Field(
        default=None, description="Override of the conditioner's declared injection."
    )
    axis: ConcatAxis = Field(
        default=ConcatAxis.SEQUENCE, description="Where concatenated features meet the latent."
    )
    options: dict[str, Any] = Field(default_factory=dict, description="Options of that plugin.")


class ModelConfig(Config):
    """Everything that decides the shape of a model, saved with every checkpoint."""

    clip_seconds: float = Field(gt=0, description="Longest clip of training, in seconds.")
    codec: CodecUse = Field(description="What turns waveforms into latents and back.")
    dit: DiTConfig = Field(description="The diffusion transformer.")
    conditioners: dict[str, ConditionerUse] = Field(
        description="Conditioners by the name of their weights, in the order of their tokens."
    )
    fixed_length: bool = Field(
        default=False,
        description="Always generate a full clip and cut it to the length asked for, as a model "
        "must that was trained on clips of one length.",
    )
    characters_per_second: float | None = Field(
        default=None,
        gt=0,
        description="How fast the model speaks, for requests that do not say how long; left out: "
        "speech fills a clip.",
    )
    wording: str | None = Field(
        default=None,
        description="JSON file of the sentences that tasks put around a request, by task; left "
        "out: each task's own.",
    )
