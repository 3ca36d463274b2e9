"""Options of the conditioner that reads prompts with T5."""

from __future__ import annotations

from pydantic import Field

from ..pretrained.config import LocalTextConfig, PretrainedConfig


class T5Config(PretrainedConfig):
    """Which T5 encoder reads the prompt, for example 'google/flan-t5-base'."""

    local: LocalTextConfig | None = Field(
        default=None, description="Sizes of a small encoder built on the spot."
    )
    max_tokens: int = Field(
        default=512, gt=0, description="Longest prompt; the published encoders saw 512 tokens."
    )
