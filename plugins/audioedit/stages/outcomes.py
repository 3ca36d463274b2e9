"""What travels from stage to stage, and what can become of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Item:
    """What travels from stage to stage: plain values, and audio by the hash of its blob.

    Attributes:
        id: unique within its branch.
        root: number of the item of the first stage that it came from; parts are cut by it.
        data: values that JSON can hold.
    """

    id: str
    root: int
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """An item that goes on, as one item or as several.

    Attributes:
        items: what the next stage gets.
        scores: what was measured.
    """

    items: tuple[Item, ...]
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Rejected:
    """An item that is not good enough: final under this configuration.

    Attributes:
        reason: a short code, counted in the funnel.
        scores: what was measured.
        detail: a sentence for whoever looks.
    """

    reason: str
    scores: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""


@dataclass(frozen=True)
class Failed:
    """An item of which nothing could be told.

    Attributes:
        error: what went wrong.
        retryable: whether it is worth another try, now and in the next run.
        reason: a short code.
    """

    error: str
    retryable: bool = True
    reason: str = "error"


Outcome = Kept | Rejected | Failed
