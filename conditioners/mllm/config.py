"""Options of the language model that reads prompts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...core.config import Config
from .feature_config import FeatureConfig


class LocalThinkerConfig(Config):
    """A small thinker of the same architecture, built on the spot.

    Its weights are random, which is enough for a small transformer to learn what words mean, or
    those of a run that trained it to answer questions (``audio-omni train nano_understanding``).
    """

    width: int = Field(gt=0, description="Width of its hidden states.")
    layers: int = Field(default=2, ge=1, description="Decoder layers.")
    heads: int = Field(default=4, gt=0, description="Attention heads; must divide the width.")
    vocab: int = Field(default=4096, ge=512, description="Most tokens of the trained vocabulary.")
    seed: int = Field(default=0, ge=0, description="Decides the random weights.")
    weights: str | None = Field(
        default=None,
        json_schema_extra={"brought_along": "thinker"},
        description="Trained weights: the folder of a run or checkpoint, or a safetensors file.",
    )
    drawn_for: Literal["features", "training"] = Field(
        default="features",
        description="How random weights are scaled: so that hidden states tell tokens apart though "
        "nothing is trained, or small and even, which training does best from.",
    )
    audio_layers: int = Field(default=1, ge=1, description="Layers of its ear.")
    audio_mels: int = Field(default=32, gt=0, description="Mel bands that its ear reads.")
    audio_hop_ms: Literal[10, 25] = Field(
        default=10, description="Milliseconds between two frames; four of them make a token."
    )
    audio_level: Literal["whisper", "even"] = Field(
        default="whisper",
        description="Features as Whisper scales them, or brought to mean 0 and deviation 1, from "
        "which an ear learns sooner.",
    )
    audio_seconds: int = Field(
        default=12,
        gt=0,
        description="Longest clip that it hears; clips of ten seconds often last a little more.",
    )
    frame_layers: int = Field(default=1, ge=1, description="Layers of its eye.")
    frame_pixels: int = Field(
        default=56 * 56, ge=28 * 28, description="Most pixels of a video frame after resizing."
    )

    @model_validator(mode="after")
    def _heads_divide_width(self) -> LocalThinkerConfig:
        head_width, rest = divmod(self.width, self.heads)
        if rest or head_width % 8:
            raise ValueError(
                f"width {self.width} over {self.heads} heads gives {self.width / self.heads:g}; "
                "expected a multiple of 8, for rotary positions in time, height and width"
            )
        return self


class MllmConfig(FeatureConfig):
    """Which thinker reads the prompt, and what is taken from it; name `model` or `local`."""

    model: str | None = Field(
        default=None,
        description="Hub name or folder of a Qwen2.5-Omni, for example 'Qwen/Qwen2.5-Omni-3B'.",
    )
    local: LocalThinkerConfig | None = Field(
        default=None, description="Sizes of a small thinker built on the spot."
    )
    revision: str | None = Field(default=None, description="Commit, tag or branch on the hub.")
    download: bool = Field(
        default=False, description="Fetch the model from the hub if this machine lacks it."
    )
    dtype: Literal["float32", "bfloat16", "float16"] = Field(
        default="bfloat16", description="Precision of the loaded model; a local one has float32."
    )
    max_tokens: int = Field(
        default=2048, gt=0, description="Longest prompt, with its audio and video tokens."
    )
    weights: str | None = Field(
        default=None,
        description="A safetensors file with the language model's tensors, in place of those of "
        "`model`, which still gives the config and the processor.",
    )
    video_fps: float = Field(
        default=5.0, gt=0, description="Frames per second that a video file is watched at."
    )
    video_seconds: float = Field(
        default=10.0, gt=0, description="Longest part of a video file that is watched, in seconds."
    )
    video_timing: Literal["exact", "whole_frames"] = Field(
        default="exact",
        description="Frames by their times, or every n-th as the published model's reader takes.",
    )
    answer_video_fps: float = Field(
        default=2.0,
        gt=0,
        description="Frames per second that the video of a question is watched at, to its end.",
    )
    answer_max_tokens: int = Field(
        default=32768, gt=0, description="Longest question, with its audio and video tokens."
    )

    @model_validator(mode="after")
    def _weights_need_a_config(self) -> MllmConfig:
        if self.weights is not None and self.model is None:
            raise ValueError(
                "got 'weights' without 'model'; expected the name or folder that the config and "
                "the processor come from"
            )
        return self

    @model_validator(mode="after")
    def _exactly_one_thinker(self) -> MllmConfig:
        if (self.model is None) == (self.local is None):
            got = "neither" if self.model is None else "both"
            raise ValueError(
                f"got {got} of 'model' and 'local'; expected exactly one: the name or folder of "
                "a model, or the sizes of a small one"
            )
        return self


class MllmWindowConfig(MllmConfig):
    """How a prompt becomes at most a fixed number of tokens, as the published model was trained."""

    tokens: int = Field(
        default=2048,
        gt=0,
        description="Most tokens to make; the hidden states of a longer prompt are interpolated "
        "along time.",
    )
    max_tokens: int = Field(
        default=8192, gt=0, description="Longest prompt, with its audio and video tokens."
    )
    rounding: Literal["bfloat16", "none"] = Field(
        default="none",
        description="What hidden states are rounded to before the projection; the published model "
        "was trained with bfloat16.",
    )
    declare_video_fps: bool = Field(
        default=True,
        description="Tell the language model the frame rate of a video; it was not told in the "
        "published model's training, and took frames to be at 2 per second.",
    )

    @model_validator(mode="after")
    def _tokens_are_the_prompts(self) -> MllmWindowConfig:
        if self.whiten:
            raise ValueError(
                "got whiten; a window is scaled as the published model was trained. Use the "
                "conditioner 'mllm' for whitened states"
            )
        if not self.is_every_token:
            raise ValueError(
                f"got features '{self.features}'; a window is of the prompt's own tokens. Use the "
                "conditioner 'mllm' for learned ones"
            )
        return self
