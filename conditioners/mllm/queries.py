"""Learned tokens that attend to the hidden states of a prompt.

Shapes: B batch, T tokens of a prompt, Q queries, W width of the language model.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ...core.errors import ConfigError
from ...core.models.attention import CrossAttention
from .whitening import normalised


class Queries(nn.Module):
    """One layer of multi-head cross-attention, normalised before, with a residual around it.

    Source: Audio-Omni, section 5.4 and Table 7 (Query).
    """

    def __init__(self, count: int, width: int, heads: int) -> None:
        """Draw the tokens and the projections.

        Raises:
            ConfigError: if the heads do not divide the width.
        """
        super().__init__()
        if width % heads:
            raise ConfigError(
                f"Conditioner 'mllm': got query_heads {heads}; expected a divisor of the language "
                f"model's width, {width}."
            )
        self.tokens = nn.Parameter(torch.randn(count, width))
        self.attention = CrossAttention(width, heads)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Return what the queries have found, (B, Q, W).

        Args:
            states: (B, T, W), of any scale.
            mask: (B, T) bool, true where valid; an item without a valid token finds nothing.
        """
        tokens = self.tokens.expand(len(states), -1, -1)
        context = self.attention.project_context(normalised(states))
        found: Tensor = self.attention(normalised(tokens), context, mask)
        return tokens + found
