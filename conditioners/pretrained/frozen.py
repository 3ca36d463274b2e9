"""A frozen network of transformers with what prepares its inputs, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass
class Pretrained:
    """Holds the network where no module sees it as its own part.

    Attributes:
        network: a model of transformers, in evaluation mode and without gradients.
        tokenizer: its tokenizer; `None` where it reads no text, or has no weights (meta device).
        extractor: its feature extractor or image processor; `None` likewise.
    """

    network: nn.Module
    tokenizer: Any = None
    extractor: Any = None

    @property
    def config(self) -> Any:
        """Return the network's own config."""
        return self.network.config

    def __deepcopy__(self, memo: dict[int, Any]) -> Pretrained:
        """Return itself: what never changes can be shared between copies."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle config and weights, since transformers hangs closures on a model that ran."""
        weights = {name: tensor.detach() for name, tensor in self.network.state_dict().items()}
        kind = type(self.network)
        return _restore, (kind, self.config, weights, self.tokenizer, self.extractor)


def freeze(network: nn.Module) -> nn.Module:
    """Return the network in evaluation mode, without gradients."""
    return network.eval().requires_grad_(False)


def build_network(kind: Any, config: Any) -> nn.Module:
    """Return a network with weights of its own; the global random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        network: nn.Module = kind(config)
    return network


def _restore(
    kind: type[nn.Module],
    config: Any,
    weights: Mapping[str, Tensor],
    tokenizer: Any,
    extractor: Any,
) -> Pretrained:
    network: Any = build_network(kind, config)
    network.load_state_dict(weights, assign=True)
    network.tie_weights()  # assigning gave each name a tensor of its own
    network.to(next(iter(weights.values())).device)
    return Pretrained(freeze(network), tokenizer, extractor)
