"""Prompts as hidden states of a frozen multimodal language model.

Shapes: B batch, T tokens, D width of the condition, W width of the language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import nn
from torch.nn import functional as F

from ...core.conditioning import Condition
from .reader import PromptReader


class MllmConditioner(PromptReader):
    """Hidden states of a Qwen2.5-Omni thinker, normalised and projected, one token each.

    Source: Audio-Omni, section 4.2 (penultimate hidden state, linear projection).
    """

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the thinker, then the projection.

        Raises:
            ConfigError: if the thinker is not available, or has no such layer.
        """
        super().__init__(config, width)
        self.project = nn.Linear(self.thinker.width, width)
        self.null = nn.Parameter(0.02 * torch.randn(width))

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T_max, D), padded on the right; an empty slot has the null token."""
        weight = self.project.weight
        counts = [1 if item is None else int(item.shape[0]) for item in features]
        states = weight.new_zeros(len(features), max(counts), self.thinker.width)
        for i, item in enumerate(features):
            if item is not None:
                states[i, : counts[i]] = item.to(weight)
        lengths = torch.tensor(counts, device=weight.device)
        mask = torch.arange(max(counts), device=weight.device) < lengths[:, None]
        absent = torch.tensor([item is None for item in features], device=weight.device)
        tokens = self.project(F.rms_norm(states, states.shape[-1:], eps=1e-6))
        tokens = torch.where(absent[:, None, None], self.null, tokens)
        return Condition(tokens * mask[:, :, None], mask)
