"""Options of what asks Gemini."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from .....core.config import Config
from ..prompted_config import (
    PromptedLabelerConfig,
    PromptedStyleWordsConfig,
    PromptedWordingsConfig,
)


class GeminiConfig(Config):
    """How Gemini is asked."""

    how: ClassVar[frozenset[str]] = frozenset(
        {
            "mode",
            "requests_per_minute",
            "timeout_s",
            "attempts",
            "most_wait_s",
            "together",
            "batch_wait_s",
            "usd_per_million_input",
            "usd_per_million_output",
        }
    )
    """Options that change what asking takes, and no answer; they are in no fingerprint."""

    model: str = Field(
        default="gemini-2.5-pro",
        description="As the service names it; the paper's is Gemini 2.5 Pro. Models are retired: "
        "look up which there are.",
    )
    temperature: float = Field(default=0.0, ge=0, le=2, description="0 is the likeliest answer.")
    seed: int = Field(default=0, ge=0, lt=2**31, description="Sent along; not a guarantee.")
    thinking_budget: int | None = Field(
        default=512,
        ge=0,
        description="Most tokens to think with, which are paid like output; none: the model's own.",
    )
    max_output_tokens: int = Field(
        default=4096, gt=0, description="Longest answer, what is thought included."
    )
    mode: Literal["online", "batch"] = Field(
        default="online",
        description="Ask clip by clip, or hand in a job that is worked off within a day, at the "
        "service's lower price. What a job leaves unanswered is asked online.",
    )
    requests_per_minute: float = Field(
        default=60.0, gt=0, description="Of all processes together; lowered when the service asks."
    )
    together: int = Field(default=4, ge=1, le=64, description="Requests of a process at a time.")
    timeout_s: float = Field(default=120.0, gt=0, description="Longest wait for one answer.")
    attempts: int = Field(default=5, ge=1, le=20, description="Tries of a request.")
    most_wait_s: float = Field(
        default=300.0,
        gt=0,
        description="Longest wait that the service may ask for; beyond it the run stops.",
    )
    batch_wait_s: float = Field(
        default=86400.0,
        ge=0,
        description="Longest wait for a job; then the run stops, and the job goes on.",
    )
    usd_per_million_input: float | None = Field(
        default=None,
        ge=0,
        description="Price of a million tokens of input in this mode; needed for "
        "limits.budget_usd.",
    )
    usd_per_million_output: float | None = Field(
        default=None, ge=0, description="Price of a million tokens of output and of thoughts."
    )


class GeminiLabelerConfig(PromptedLabelerConfig, GeminiConfig):
    """How Gemini names the sounds of a clip."""


class GeminiStyleWordsConfig(PromptedStyleWordsConfig, GeminiConfig):
    """How Gemini suggests sounds that take a sound's place."""


class GeminiParaphraserConfig(PromptedWordingsConfig, GeminiConfig):
    """How Gemini writes further wordings of an edit."""

    temperature: float = Field(
        default=0.7, ge=0, le=2, description="0 is the likeliest answer, and the plainest."
    )
