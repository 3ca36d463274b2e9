"""Options of the conditioner that reads and hears prompts with CLAP."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ..pretrained.config import LocalTextConfig, PretrainedConfig


class LocalClapConfig(LocalTextConfig):
    """Sizes of a small CLAP; its ear has two stages, the second as wide as the text's states."""

    audio_seconds: int = Field(default=10, gt=0, le=10, description="Longest clip that it hears.")

    @model_validator(mode="after")
    def _two_stages(self) -> LocalClapConfig:
        if self.width % 2 or self.heads % 2 or self.width // 2 % (self.heads // 2):
            raise ValueError(
                f"got width {self.width} and heads {self.heads}; expected even ones, since the "
                "ear's first stage has half of each"
            )
        return self


class ClapConfig(PretrainedConfig):
    """Which CLAP reads and hears the prompt, for example 'laion/clap-htsat-unfused'."""

    local: LocalClapConfig | None = Field(
        default=None, description="Sizes of a small CLAP built on the spot."
    )
    tokens: Literal["pooled", "sequence"] = Field(
        default="pooled",
        description="'pooled' makes one token of the text, its place in the space that it shares "
        "with sound; 'sequence' one token for each token of the text.",
    )
    max_tokens: int = Field(
        default=77, gt=0, description="Longest prompt; the published networks were trained with 77."
    )
