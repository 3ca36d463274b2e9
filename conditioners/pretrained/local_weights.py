"""Seeded random weights of small networks, scaled so that what they read shows in what they say."""

from __future__ import annotations

import torch
from torch import Tensor, nn

LOOK_GAIN = 1.5
SEE_GAIN = 3.0
PLACE_GAIN = 0.5
QUERIES_AND_KEYS = ("q", "k", "query", "key", "q_proj", "k_proj")
WORDS = ("shared", "word_embeddings", "class_embedding", "relative_attention_bias")
PLACES = ("position_embeddings", "position_embedding", "token_type_embeddings", "bias_table")


@torch.no_grad()
def fill_weights(network: nn.Module, seed: int, *, mix: float, query_width: int = 1) -> None:
    """Draw all weights from one generator.

    Words have unit variance, and their places less. Layers keep the variance of their input,
    times ``mix``²: below 1 a token's own word outweighs what it reads of the others; a network
    whose answer is one pooled state needs more. Queries and keys are larger, with biases, so that
    heads look at certain tokens and not at all alike. So are patches, which outweigh their place.

    Args:
        network: of transformers, on the CPU.
        seed: decides the weights.
        mix: gain of layers that pass something on.
        query_width: what queries are divided by the root of: the width of a head in a network
            whose attention is not scaled (T5), else 1.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, weight in sorted(network.named_parameters()):
        owner, _, kind = name.rpartition(".")
        looks = owner.rpartition(".")[2] in QUERIES_AND_KEYS
        std = _std(name.removesuffix(".weight"), weight, mix, looks=looks)
        if kind == "weight" and owner.endswith(".q"):
            std *= query_width**-0.5
        if std is not None:
            weight.normal_(0, std, generator=generator)
        elif weight.ndim == 1:
            weight.fill_(0.0 if kind == "bias" else 1.0)  # biases, and gains of norms


def _std(name: str, weight: Tensor, mix: float, *, looks: bool) -> float | None:
    """Return how large a parameter is drawn; `None` for what is not drawn at all."""
    if name.endswith(WORDS):
        return 1.0
    if name.endswith(PLACES):
        return PLACE_GAIN
    if weight.ndim >= 2:
        gain = LOOK_GAIN if looks else SEE_GAIN if weight.ndim > 2 else mix
        return float(gain * weight[0].numel() ** -0.5)
    return 1.0 if looks else None
