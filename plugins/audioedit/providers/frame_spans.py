"""Frames in which a sound is heard, as spans. Shapes: T frames."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .values import Spans


def spans_of(
    active: NDArray[np.bool_], hop_s: float, seconds: float, *, joined_s: float, least_s: float
) -> Spans:
    """Return where frames (T,) are active, rising, in seconds, within a clip of some length.

    Gaps shorter than ``joined_s`` are closed first, then spans shorter than ``least_s`` dropped.

    Args:
        active: whether each frame is.
        hop_s: length of a frame.
        seconds: length of the clip, at which the last span ends at the latest.
        joined_s: shortest gap that stays.
        least_s: shortest span that stays.
    """
    edges = np.flatnonzero(np.diff(np.pad(active.astype(np.int8), 1)))
    runs = [(start * hop_s, min(end * hop_s, seconds)) for start, end in edges.reshape(-1, 2)]
    joined: list[tuple[float, float]] = []
    for start, end in runs:
        if joined and start - joined[-1][1] < joined_s - 1e-9:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(
        (round(float(start), 3), min(round(float(end), 3), seconds))
        for start, end in joined
        if end - start >= least_s - 1e-9
    )
