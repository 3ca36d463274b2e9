"""Options of what asks a language model on this machine."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field

from .....core.config import Config
from ..prompted_config import (
    PromptedLabelerConfig,
    PromptedStyleWordsConfig,
    PromptedWordingsConfig,
)


class MllmProviderConfig(Config):
    """Which model is asked, and how."""

    how: ClassVar[frozenset[str]] = frozenset({"device", "together"})
    """Options that change no answer, but for rounding; they are in no fingerprint."""

    conditioner: str = Field(
        default="mllm", description="A conditioner that can answer; `audio-omni plugins list`."
    )
    model: dict[str, Any] = Field(
        default_factory=lambda: {"model": "Qwen/Qwen2.5-Omni-3B"},
        description="Options of that conditioner, such as model, revision and dtype.",
    )
    device: Literal["cpu", "cuda"] = Field(default="cpu", description="Where it runs.")
    together: int = Field(default=8, ge=1, description="Clips at a time.")
    max_new_tokens: int = Field(default=768, gt=0, description="Longest answer, in tokens.")


class MllmLabelerConfig(PromptedLabelerConfig, MllmProviderConfig):
    """How the model names the sounds of a clip."""


class MllmStyleWordsConfig(PromptedStyleWordsConfig, MllmProviderConfig):
    """How the model suggests sounds that take a sound's place."""


class MllmParaphraserConfig(PromptedWordingsConfig, MllmProviderConfig):
    """How the model writes further wordings of an edit."""
