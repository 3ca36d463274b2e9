"""The exponential moving average of the trained weights, which generation uses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from .checkpoint_files import check_tensors


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
        torch._foreach_lerp_(
            list(self.averages.values()), [p.data for p in self.parameters.values()], 1 - decay
        )

    def restore(self, tensors: Mapping[str, Tensor], where: str) -> None:
        """Continue from saved averages.

        Raises:
            CheckpointError: if names or shapes differ.
        """
        check_tensors(tensors, self.averages, where)
        for name, average in self.averages.items():
            average.copy_(tensors[name])

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Let the parameters hold their averages inside a ``with`` block."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for name, parameter in self.parameters.items():
            parameter.data, self.averages[name] = self.averages[name], parameter.data
