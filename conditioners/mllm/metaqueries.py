"""Learned tokens behind a prompt, read where a frozen language model has understood it.

Shapes: B batch, T tokens of a prompt, Q queries, W width of the language model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .batching import in_batches, token_counts
from .media import Inputs
from .thinker import Thinker

COMMON_TOKENS = 4096
"""A vocabulary begins with the tokens that are in use the most."""


class MetaQueries(nn.Module):
    """Embeddings that follow those of a prompt, where its answer would begin.

    The language model is frozen, and gradients go through it to the embeddings: they learn to
    ask it for what the transformer needs. So it runs in every step, with what a backward pass
    takes of memory, and nothing of it can be cached.

    Source: Pan et al. 2025, "Transfer between Modalities with MetaQueries"; Audio-Omni, section
    5.4 and Table 7 (MetaQuery).
    """

    def __init__(self, count: int, thinker: Thinker) -> None:
        """Draw tokens as large as those of the vocabulary.

        Much larger ones would drown what the layers add to them, much smaller ones drown in it.
        """
        super().__init__()
        vocabulary = thinker.model.get_input_embeddings().weight[:COMMON_TOKENS]  # type: ignore[operator]
        drawn = torch.randn(count, thinker.width, device=vocabulary.device)
        self.tokens = nn.Parameter(vocabulary.detach().float().std() * drawn)

    def forward(self, thinker: Thinker, prepared: Sequence[Inputs], layer: int) -> Tensor:
        """Return the queries' hidden states (B, Q, W) in the language model's precision.

        Args:
            thinker: the language model.
            prepared: inputs of each prompt.
            layer: number of the hidden state.
        """
        states: dict[int, Tensor] = {}
        # A precision of its own, that of its weights: what it says is the same in use.
        with torch.autocast(self.tokens.device.type, enabled=False):
            for places, batch in in_batches(prepared):
                states |= zip(places, self._answers(thinker, batch, layer), strict=True)
        return torch.stack([states[place] for place in range(len(prepared))])

    def _answers(self, thinker: Thinker, prompts: dict[str, Tensor], layer: int) -> list[Tensor]:
        """Return the queries' states (Q, W) behind each prompt of a batch."""
        model: Any = thinker.model
        starts, count = token_counts(prompts), len(self.tokens)
        batch = self._with_room(prompts, starts, model.device)
        embeddings = model.get_input_embeddings()(batch["input_ids"])
        rows = [
            torch.cat([own[:start], self.tokens.to(own), own[start + count :]])
            for own, start in zip(embeddings, starts, strict=True)
        ]
        # The ids still say where audio and video go, and at which time each token stands.
        states = thinker.hidden_states({**batch, "inputs_embeds": torch.stack(rows)}, layer)
        return [own[start : start + count] for own, start in zip(states, starts, strict=True)]

    def _with_room(
        self, prompts: dict[str, Tensor], starts: Sequence[int], device: torch.device
    ) -> dict[str, Tensor]:
        """Return the inputs with a place for every query behind the last token of each prompt."""
        batch = {name: tensor.to(device) for name, tensor in prompts.items()}
        count = len(self.tokens)
        ids = functional.pad(batch["input_ids"], (0, count))
        mask = functional.pad(batch["attention_mask"], (0, count))
        for own, start in zip(mask, starts, strict=True):
            own[start : start + count] = 1
        return {**batch, "input_ids": ids, "attention_mask": mask}
