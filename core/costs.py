"""What an example costs a conditioner, told before anything is loaded or run; free of torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExampleShape:
    """What decides the cost of an example.

    Attributes:
        seconds: length of its clip.
        fills: payload slots that its task fills.
        prompt_tokens: tokens of a prompt's text, with the sentences around it.
    """

    seconds: float
    fills: frozenset[str]
    prompt_tokens: int


@dataclass(frozen=True)
class ConditionerCost:
    """What an example costs a conditioner.

    Attributes:
        tokens: of the condition that it makes, those of an empty slot included.
        frozen_flop: operations of its frozen networks, which cached features spare.
        feature_numbers: numbers that its features hold, where they are kept.
    """

    tokens: int
    frozen_flop: float = 0.0
    feature_numbers: int = 0
