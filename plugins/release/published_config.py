"""The published model's JSON: what of it decides anything, checked, and nothing else.

Fields that have no effect in the release are not read, so a config that has more of them, or
fewer, is as good.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...core.config import parse_config
from ...core.errors import ConfigError

MODEL_TYPE = "diffusion_cond"
PROMPT, SYNC, SPEECH, AUDIO = "omni_prompt", "sync_feature", "speech_prompt", "audio_input_prompt"
CONDITIONERS = {PROMPT: "qwen_omni", SYNC: "sync_feature", SPEECH: "tts-f5", AUDIO: "mel_spec"}
"""The four conditioners by their ids, with their types."""


class Part(BaseModel):
    """A part of the JSON; what is not named here has no effect and is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class OobleckPart(Part):
    """Encoder or decoder of the autoencoder."""

    channels: int = 128
    c_mults: tuple[int, ...] = (1, 2, 4, 8, 16)
    strides: tuple[int, ...] = (2, 4, 4, 8, 8)
    latent_dim: int
    use_snake: Literal[True] = True
    final_tanh: Literal[False] = False


class Oobleck(Part):
    """Encoder or decoder with its type."""

    type: Literal["oobleck"]
    config: OobleckPart


class Bottleneck(Part):
    """What lies between encoder and decoder."""

    type: Literal["vae"]


class Autoencoder(Part):
    """The autoencoder."""

    encoder: Oobleck
    decoder: Oobleck
    bottleneck: Bottleneck
    latent_dim: int
    downsampling_ratio: int
    io_channels: int


class Pretransform(Part):
    """The codec."""

    type: Literal["autoencoder"]
    config: Autoencoder


class Conditioner(Part):
    """A conditioner; its sizes are those of its weights."""

    id: str
    type: str
    config: dict[str, Any] = Field(default_factory=dict)


class Conditioning(Part):
    """All conditioners, in the order in which they run."""

    configs: tuple[Conditioner, ...]

    @model_validator(mode="after")
    def _known(self) -> Conditioning:
        found = {part.id: part.type for part in self.configs}
        if found != CONDITIONERS:
            raise ValueError(f"conditioners are {found}; expected {CONDITIONERS}")
        return self


class TransformerPart(Part):
    """Sizes of the transformer."""

    io_channels: int
    embed_dim: int
    depth: int
    num_heads: int
    cond_token_dim: int
    global_cond_dim: int
    project_cond_tokens: Literal[True] = True
    transformer_type: Literal["continuous_transformer"] = "continuous_transformer"

    @model_validator(mode="after")
    def _one_width(self) -> TransformerPart:
        if self.cond_token_dim != self.global_cond_dim:
            raise ValueError(
                f"cond_token_dim {self.cond_token_dim} and global_cond_dim {self.global_cond_dim} "
                "differ; expected one width for all conditions"
            )
        return self


class Diffusion(Part):
    """The transformer, and where conditions enter."""

    high_level_cond_ids: tuple[str, ...] = (PROMPT, SPEECH)
    low_level_cond_ids: tuple[str, ...] = (SYNC, AUDIO)
    diffusion_objective: Literal["rectified_flow"]
    config: TransformerPart

    @model_validator(mode="after")
    def _routes_are_known(self) -> Diffusion:
        ids = [*self.high_level_cond_ids, *self.low_level_cond_ids]
        if sorted(ids) != sorted(CONDITIONERS):
            raise ValueError(f"conditions are routed as {ids}; expected each of {[*CONDITIONERS]}")
        return self


class Model(Part):
    """The parts."""

    pretransform: Pretransform
    conditioning: Conditioning
    diffusion: Diffusion


class PublishedConfig(Part):
    """``Audio-Omni.json``."""

    model_type: Literal["diffusion_cond"]
    sample_size: int = Field(gt=0)
    sample_rate: int = Field(gt=0)
    model: Model

    @property
    def frames(self) -> int:
        """Return the latent frames of every clip: the remainder of ``sample_size`` is dropped."""
        return self.sample_size // self.model.pretransform.config.downsampling_ratio

    def options_of(self, conditioner: str) -> dict[str, Any]:
        """Return what the JSON says of a conditioner."""
        return next(c.config for c in self.model.conditioning.configs if c.id == conditioner)


def read_published_config(path: Path) -> PublishedConfig:
    """Return the checked config of a published model.

    Raises:
        ConfigError: if the file is missing, is not JSON, or describes another kind of model;
            names the fields.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path} does not exist; expected the published model's Audio-Omni.json."
        ) from None
    except (OSError, ValueError) as failure:
        raise ConfigError(f"{path} is not JSON ({failure}). Download it again.") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds a {type(values).__name__}; expected a JSON object.")
    if values.get("model_type") != MODEL_TYPE:
        raise ConfigError(
            f"{path} describes a model of type {values.get('model_type')!r}; expected "
            f"'{MODEL_TYPE}', as in the published Audio-Omni.json. Is it another model's config?"
        )
    return parse_config(PublishedConfig, values, where=str(path))
