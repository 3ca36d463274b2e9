"""The shares of a mixture: weights, sizes, and how they change over the steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .config import MixtureConfig, SourceUseConfig

Array = np.ndarray[Any, Any]


class Shares:
    """The share of each source at every step."""

    def __init__(self, config: MixtureConfig, rows: Sequence[int]) -> None:
        """Compute the shares of a mixture whose sources have so many rows each."""
        weights = np.array([use.weight for use in config.sources], dtype=np.float64)
        if config.temperature is not None:
            sizes = np.array(rows, dtype=np.float64)
            weights *= (sizes / sizes.max()) ** (1.0 / config.temperature)
        self._weights = weights
        self._fades = [use.fade for use in config.sources]

    def at(self, step: int) -> Array:
        """Return the shares at a step, from 0; they sum to 1, or are all 0 if all have faded."""
        weighted = self._weights * np.array([_factor(fade, step) for fade in self._fades])
        total = weighted.sum()
        return weighted / total if total > 0 else weighted


def _factor(fade: Sequence[tuple[int, float]], step: int) -> float:
    if not fade:
        return 1.0
    steps = [at for at, _ in fade]
    factors = [factor for _, factor in fade]
    return float(np.interp(step, steps, factors))


def tasks_of(uses: Sequence[SourceUseConfig]) -> list[Array]:
    """Return, for each task of a mixture, which sources teach it (S,) bool."""
    names = [use.task for use in uses]
    return [np.array([name == own for name in names]) for own in dict.fromkeys(names)]
