"""Prompts in batches for the frozen language model. Shapes: B batch, T tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .media import TEXT_INPUTS, Inputs

Batch = tuple[list[int], dict[str, Tensor]]
"""Places of prompts among all that were given, and their inputs side by side."""


def in_batches(prepared: Sequence[Inputs]) -> Iterator[Batch]:
    """Yield all plain texts as one batch, then prompts with media one by one.

    Texts are padded on the right, where causal attention never looks: what comes of one does not
    depend on how long the others are.
    """
    texts = [i for i, inputs in enumerate(prepared) if len(inputs) == len(TEXT_INPUTS)]
    if texts:
        yield texts, _side_by_side([prepared[i] for i in texts])
    for i, inputs in enumerate(prepared):
        if i not in texts:
            yield [i], dict(inputs)


def token_counts(batch: dict[str, Tensor]) -> list[int]:
    """Return how many tokens each prompt (B) of a batch has."""
    counts: list[int] = batch["attention_mask"].sum(dim=1).tolist()
    return counts


def _side_by_side(prepared: Sequence[Inputs]) -> dict[str, Tensor]:
    longest = max(int(inputs["input_ids"].shape[1]) for inputs in prepared)
    return {
        name: torch.cat(
            [
                functional.pad(inputs[name], (0, longest - int(inputs[name].shape[1])))
                for inputs in prepared
            ]
        )
        for name in TEXT_INPUTS
    }
