"""Cuts a list into slices of one size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

ItemT = TypeVar("ItemT")


def slices_of(items: Sequence[ItemT], size: int) -> list[Sequence[ItemT]]:
    """Return the items in order, ``size`` at a time; the last slice may be smaller."""
    return [items[start : start + size] for start in range(0, len(items), size)]
