"""What was drawn of a mixture, counted from its state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from .mixture import Mixture

CountT = TypeVar("CountT", int, float)
Tally = Callable[[Mapping[str, Any]], Mapping[str, CountT]]


def shares_of(mixture: Mixture) -> Tally[float]:
    """Return what maps a mixture's state to the share of each entry since the run began."""

    def realised(state: Mapping[str, Any]) -> Mapping[str, float]:
        total = max(1, sum(state["drawn"]))
        return {
            name: count / total for name, count in zip(mixture.names, state["drawn"], strict=True)
        }

    return realised


def counts_of(tasks: Sequence[str]) -> Tally[int]:
    """Return what maps it to how many examples of each task were drawn, from theirs by entry."""

    def drawn(state: Mapping[str, Any]) -> Mapping[str, int]:
        counts: Counter[str] = Counter()
        for task, count in zip(tasks, state["drawn"], strict=True):
            counts[task] += count
        return dict(counts)

    return drawn
