"""States of a frozen network as tokens of the context.

Shapes: B batch, T tokens, D width of the condition, W width of the network's states.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from typing import Any, Generic, Self, TypeVar

import torch
from pydantic import BaseModel
from torch import Tensor, nn
from torch.nn import functional as F

from ...core.conditioning import Condition, Conditioner
from ...core.frozen import follow, open_frozen
from .frozen import Pretrained

PayloadT = TypeVar("PayloadT")


class FrozenTokens(Conditioner[PayloadT], Generic[PayloadT]):
    """Normalises and projects what a frozen network says, one token each.

    The network follows the conditioner to its device, but is no part of its parameters or its
    state: a checkpoint holds what is trained only.
    """

    def __init__(self, config: BaseModel, width: int) -> None:
        """Load or build the network, then the projection of its states and the null token.

        Raises:
            ConfigError: if the network is not available.
        """
        checked = self.config_model.model_validate(config)
        super().__init__(checked, width)
        # A tuple, so that torch does not register the frozen network as a submodule.
        self._frozen: tuple[Pretrained] = (open_frozen(lambda: self.open_network(checked)),)
        self.project = nn.Linear(self.state_width(self.pretrained.config), width)
        self.null = nn.Parameter(0.02 * torch.randn(width))

    @staticmethod
    @abc.abstractmethod
    def open_network(config: Any) -> Pretrained:
        """Return the network of a checked config, loaded or built; `core.frozen` calls it.

        Raises:
            ConfigError: if it is not available.
        """

    @abc.abstractmethod
    def state_width(self, sizes: Any) -> int:
        """Return the width W of the states that are projected, from the network's config."""

    @property
    def pretrained(self) -> Pretrained:
        """Return the frozen network and what prepares its inputs."""
        return self._frozen[0]

    @property
    def frozen_device(self) -> torch.device:
        """Return where the frozen network is."""
        return next(self.pretrained.network.parameters()).device

    def frozen_networks(self) -> dict[str, nn.Module]:
        """Return the frozen network."""
        return {"encoder": self.pretrained.network}

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Move the network with the rest; its precision stays what the config says."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        follow(self.pretrained.network, self.null.device)
        return self

    def embed(self, feature: Any) -> Tensor:
        """Return the tokens (T, D) of one feature: by default states (T, W)."""
        return self.projected(self.project, feature)

    def projected(self, project: nn.Linear, states: Tensor) -> Tensor:
        """Return (T, D) of states (T, W), each brought to a mean square of one before."""
        states = states.to(project.weight)
        return project(F.rms_norm(states, states.shape[-1:], eps=1e-6))

    def forward(self, features: Sequence[Any | None]) -> Condition:
        """Return tokens (B, T_max, D), padded on the right; an empty slot has the null token."""
        items = [self.null[None] if item is None else self.embed(item) for item in features]
        lengths = torch.tensor([len(item) for item in items], device=self.null.device)
        tokens = nn.utils.rnn.pad_sequence(items, batch_first=True)
        mask = torch.arange(tokens.shape[1], device=self.null.device) < lengths[:, None]
        return Condition(tokens, mask)
