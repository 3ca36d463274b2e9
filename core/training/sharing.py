"""Which examples of a batch share a forward pass: those of like length, to pad little."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..data.records import EncodedExample

Shared = list[list[int]]
"""For each pass, the places of its examples in the batch."""


def passes_of(lengths: Sequence[int], *, accumulate: int, frames: int | None) -> Shared:
    """Split a batch into forward passes.

    Args:
        lengths: latent frames of each example.
        accumulate: number of passes of equally many examples, where ``frames`` is left out.
        frames: most frames of a pass, padding included; a longer example has one of its own.

    Returns:
        The passes, the longest examples first, so that memory runs out at once or not at all;
        a batch that is not split keeps its order.
    """
    if frames is None and accumulate == 1:
        return [list(range(len(lengths)))] if lengths else []
    by_length = sorted(range(len(lengths)), key=lambda place: -lengths[place])
    if frames is None:
        edges = [len(lengths) * i // accumulate for i in range(accumulate + 1)]
        return [by_length[a:b] for a, b in pairwise(edges) if b > a]
    shared: Shared = []
    for place in by_length:
        room = shared and lengths[shared[-1][0]] * (len(shared[-1]) + 1) <= frames
        if room:
            shared[-1].append(place)
        else:
            shared.append([place])
    return shared


def lengths_of(encoded: Sequence[EncodedExample]) -> list[int]:
    """Return the latent frames of examples; 1 for those without a latent: their order stays."""
    return [1 if e.latent is None else int(e.latent.shape[-1]) for e in encoded]


def padded(lengths: Sequence[int], shared: Shared) -> tuple[int, int]:
    """Return how many frames are real, and how many are computed with the padding."""
    computed = sum(max(lengths[place] for place in places) * len(places) for places in shared)
    return sum(lengths), computed
