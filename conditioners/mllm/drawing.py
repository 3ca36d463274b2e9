"""Random weights of a local thinker, by what becomes of them.

If nothing is trained, the identity of each token must survive in its hidden state, beside what the
layers mix in from the tokens before it. If all is trained, nothing should stand in the way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .config import LocalThinkerConfig

MIX_GAIN = 0.5
LOOK_GAIN = 1.5
TRAINED_GAIN = 0.7
TRAINED_EMBEDDINGS = 0.02
"""Standard deviation of embeddings that are trained: what is learned of a word outweighs chance."""


@torch.no_grad()
def draw_weights(model: nn.Module, config: LocalThinkerConfig) -> None:
    """Draw all weights of a thinker from one generator.

    An ear learns best from the weights that also serve untrained ones.
    """
    generator = torch.Generator().manual_seed(config.seed)
    trains = config.drawn_for == "training"
    for name, weight in sorted(model.named_parameters()):
        fill = _for_training if trains and "audio_tower" not in name else _for_features
        fill(name, weight, generator)


def _for_features(name: str, weight: Tensor, generator: torch.Generator) -> None:
    """Fill a weight of a model that stays as it is drawn.

    Embeddings have unit variance, what is heard and seen about as much, and what the decoder's
    layers add to them a fraction of it. Queries and keys are larger, with biases, so that heads
    look at certain tokens and certain distances: the order of words is told from the hidden
    states, since cross-attention knows no positions.
    """
    looks = "q_proj" in name or "k_proj" in name
    if "embed_tokens" in name:
        weight.normal_(0, 1, generator=generator)
    elif weight.ndim >= 2:
        speaks = MIX_GAIN if "language_model" in name else 1.0
        gain = LOOK_GAIN if looks else speaks
        weight.normal_(0, gain / weight[0].numel() ** 0.5, generator=generator)
    elif name.endswith("bias"):
        weight.normal_(0, 1, generator=generator).mul_(1.0 if looks else 0.0)
    else:
        weight.fill_(1.0)  # gains of norms


def _for_training(name: str, weight: Tensor, generator: torch.Generator) -> None:
    """Fill a weight of a model that is trained: small, even, without biases."""
    if "embed_tokens" in name:
        weight.normal_(0, TRAINED_EMBEDDINGS, generator=generator)
    elif weight.ndim >= 2:
        weight.normal_(0, TRAINED_GAIN / weight[0].numel() ** 0.5, generator=generator)
    else:
        weight.fill_(0.0 if name.endswith("bias") else 1.0)
