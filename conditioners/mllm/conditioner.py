"""Prompts as hidden states of a frozen multimodal language model.

Shapes: B batch, T tokens, D width of the condition, W width of the language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor, nn

from ...core.conditioning import Condition
from .media import Inputs
from .metaqueries import MetaQueries
from .queries import Queries
from .reader import PromptReader
from .whitening import Whitening, normalised


class MllmConditioner(PromptReader):
    """Hidden states of a Qwen2.5-Omni thinker, normalised and projected.

    There is one for each token of the prompt, or for each of a few learned ones; see
    `FeatureConfig`.

    Source: Audio-Omni, section 4.2 (penultimate hidden state, linear projection) and Table 7.
    """

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the thinker, then the projection, and queries if they are asked for.

        Raises:
            ConfigError: if the thinker is not available, has no such layer, or a width that
                ``query_heads`` does not divide.
        """
        super().__init__(config, width)
        self.project = nn.Linear(self.thinker.width, width)
        self.null = nn.Parameter(0.02 * torch.randn(width))
        self.whitening = Whitening(self.thinker.width) if self.config.whiten else None
        self.queries: Queries | MetaQueries | None = None
        count, heads = self.config.queries, self.config.query_heads
        if self.config.features == "query":
            self.queries = Queries(count, self.thinker.width, heads)
        elif self.config.features == "metaquery":
            self.queries = MetaQueries(count, self.thinker)

    def encode_frozen(self, prepared: Sequence[Inputs]) -> list[Any]:
        """Return hidden states (T_i, W) of each prompt; for metaqueries the prompts themselves."""
        if isinstance(self.queries, MetaQueries):
            return list(prepared)
        return super().encode_frozen(prepared)

    def frozen_digest(self) -> str | None:
        """Return what identifies the frozen weights; `None` where gradients go through them."""
        return None if isinstance(self.queries, MetaQueries) else super().frozen_digest()

    @property
    def calibrates(self) -> bool:  # type: ignore[override]
        """Return whether states are to be whitened, which takes some to measure."""
        return self.whitening is not None

    def calibrate(self, features: Sequence[Any]) -> None:
        """Measure hidden states (T_i, W) of prompts that will be trained on."""
        if self.whitening is not None:
            self.whitening.measure(features)

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T_max, D), padded on the right; an empty slot has the null token."""
        states, mask = self._padded(self._read(features))
        absent = torch.tensor([item is None for item in features], device=states.device)
        tokens = self.project((self.whitening or normalised)(states))
        tokens = torch.where(absent[:, None, None], self.null, tokens)
        return Condition(tokens * mask[:, :, None], mask)

    def _read(self, features: Sequence[Any | None]) -> list[Tensor | None]:
        """Return the states (T_i, W) to project: the features', or what queries make of them."""
        given = [item for item in features if item is not None]
        if self.queries is None or not given:
            return list(features)
        if isinstance(self.queries, MetaQueries):
            found = self.queries(self.thinker, given, self.config.hidden_state)
        else:
            found = self.queries(*self._padded(given))
        answers = iter(found)
        return [None if item is None else next(answers) for item in features]

    def _padded(self, items: Sequence[Tensor | None]) -> tuple[Tensor, Tensor]:
        """Return states (B, T_max, W) and which are valid (B, T_max); an absent item has one."""
        weight = self.project.weight
        absent = weight.new_zeros(1, self.thinker.width)
        states = [absent if item is None else item.to(weight) for item in items]
        lengths = torch.tensor([len(own) for own in states], device=weight.device)
        padded = nn.utils.rnn.pad_sequence(states, batch_first=True)
        return padded, torch.arange(padded.shape[1], device=weight.device) < lengths[:, None]
