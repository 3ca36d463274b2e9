"""Clips of one length, which fit in a batch without padding."""

from __future__ import annotations

from .messages import Arrays


def of_one_length(clips: Arrays) -> list[list[int]]:
    """Return the numbers of the clips (N,) of each length."""
    found: dict[int, list[int]] = {}
    for number, clip in enumerate(clips):
        found.setdefault(len(clip), []).append(number)
    return list(found.values())
