"""The exponential moving average of the trained weights, which generation uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn

from .sharding import local


class Ema:
    """Averages of parameters by name.

    The decay starts low and rises as (1 + n) / (10 + n), so that short runs are not averaged
    with their random start.
    """

    def __init__(self, parameters: Mapping[str, nn.Parameter], decay: float) -> None:
        """Start at the parameters' values."""
        self.decay = decay
        self.parameters = parameters
        self.averages = {name: p.detach().clone() for name, p in parameters.items()}

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Take in the parameters after optimiser step ``step``, from 1."""
        decay = min(self.decay, (1 + step) / (10 + step))
        averages = [local(average) for average in self.averages.values()]
        torch._foreach_lerp_(averages, [local(p) for p in self.parameters.values()], 1 - decay)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Let the parameters hold their averages inside a ``with`` block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        """Exchange values, not memory, for that of a spread weight is not only its own."""
        for name, parameter in self.parameters.items():
            own, average = local(parameter), local(self.averages[name])
            kept = own.clone()
            own.copy_(average)
            average.copy_(kept)
