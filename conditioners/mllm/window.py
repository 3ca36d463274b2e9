"""Prompts as at most a fixed number of tokens, as the published model was trained.

Shapes: B batch, n tokens of a prompt, T most tokens, D width of the condition, W width of the
language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Condition
from ...core.media.video import VideoClip
from ...core.payloads import Prompt
from .config import MllmWindowConfig
from .media import Inputs
from .reader import PromptReader
from .window_tokens import padded_window, project_window, window_features


class MllmWindow(PromptReader):
    """Hidden states of a Qwen2.5-Omni thinker, brought to at most T tokens and projected.

    A longer prompt, such as one with ten seconds of video, is interpolated along time. Only real
    tokens are computed; `padded` adds what the published model computes for the others.

    Source: Audio-Omni, section 4.2; the published weights (2048 tokens).
    """

    config_model = MllmWindowConfig
    config: MllmWindowConfig

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the thinker, then the projection.

        Raises:
            ConfigError: if the thinker is not available, or has no such layer.
        """
        super().__init__(config, width)
        self.proj_features = nn.Linear(self.thinker.width, width)

    @property
    def most_tokens(self) -> int:
        """Return how many tokens the condition has at most."""
        return self.config.tokens

    def conversions(self, payload: Prompt) -> tuple[str, ...]:
        """Return what is done to the prompt's media, and to its tokens if they are too many."""
        notes = super().conversions(payload)
        count, tokens = self.token_count(payload), self.config.tokens
        if count > tokens:
            notes += (f"interpolated {count} tokens of the prompt to {tokens}",)
        return notes

    def watched_seconds(self, clip: VideoClip) -> float:
        """Return how much of a video is watched, in seconds: always as much, as in training."""
        return self.config.video_seconds

    def declared_fps(self, payload: Prompt) -> float | None:
        """Return the frame rate that the language model is told, if it is told."""
        return super().declared_fps(payload) if self.config.declare_video_fps else None

    def encode_frozen(self, prepared: Sequence[Inputs]) -> list[Tensor]:
        """Return normalised hidden states (min(n_i, T), W) of each prompt, float32 on the CPU."""
        tokens, rounding = self.config.tokens, self.config.rounding
        return [
            window_features(states, tokens, rounding) for states in super().encode_frozen(prepared)
        ]

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, longest n, D), padded on the right; an empty slot has one token."""
        return project_window(self.proj_features, features)

    def padded(self, condition: Condition) -> Condition:
        """Return all T tokens (B, T, D); padding holds the bias of the projection."""
        return padded_window(self.proj_features, condition, self.config.tokens)
