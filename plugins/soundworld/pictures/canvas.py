"""Drawing shapes on all frames of a clip at once. Shapes: F frames, S pixels a side."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
Place = float | Numbers
"""A number for all frames, or one for each frame, (F,)."""
Colour = tuple[int, int, int]
SIZE = 64
HALF = np.float32(0.5)


class Canvas:
    """Pictures (F, S, S, 3) to draw on; x to the right, y down, in pixels; edges are smooth."""

    def __init__(self, frames: int, colour: Colour) -> None:
        """Fill ``frames`` pictures with a colour."""
        self.frames = frames
        self.pixels = np.empty((frames, SIZE, SIZE, 3), np.uint8)
        self.pixels[:] = colour

    def disc(self, x: Place, y: Place, radius: Place, colour: Colour) -> None:
        """Draw a disc; where its radius is 0, nothing."""
        self.bar((x, y), (x, y), np.multiply(2, radius), colour)

    def box(self, left: Place, top: Place, right: Place, bottom: Place, colour: Colour) -> None:
        """Draw a box; where it has no width or height, nothing."""
        columns, rows = _window(left, right), _window(top, bottom)
        across, down = _overlap(left, right, columns), _overlap(top, bottom, rows)
        self._paint(rows, columns, across[:, None, :] * down[:, :, None], colour)

    def bar(
        self, start: tuple[Place, Place], end: tuple[Place, Place], width: Place, colour: Colour
    ) -> None:
        """Draw a straight bar with round ends; where its width is 0, nothing."""
        columns, rows = (_window(a, b, width) for a, b in zip(start, end, strict=True))
        (x, y), (to_x, to_y) = map(_column, start), map(_column, end)
        dx, dy = to_x - x, to_y - y
        across = (_centres(columns) - x)[:, None, :]
        down = (_centres(rows) - y)[:, :, None]
        length = np.maximum(dx**2 + dy**2, np.float32(1e-6))[:, None]
        along = np.clip((across * dx[:, None] + down * dy[:, None]) / length, 0, 1)
        gap = np.hypot(across - along * dx[:, None], down - along * dy[:, None])
        radius = _column(width)[:, None] / 2
        self._paint(rows, columns, np.where(radius > 0, radius + HALF - gap, 0), colour)

    def _paint(self, rows: slice, columns: slice, cover: Numbers, colour: Colour) -> None:
        """Lay a colour over a window, as far as each pixel is covered, (F or 1, rows, columns)."""
        window, cover = self.pixels[:, rows, columns], np.clip(cover, 0, 1)
        touched = np.nonzero(cover)
        share = cover[touched][:, None]
        # What is the same on all frames was worked out once, and is laid over each.
        at: tuple[Any, ...] = (slice(None), *touched[1:]) if len(cover) == 1 else touched
        under = window[at].astype(np.float32)
        window[at] = np.rint(under + share * (np.array(colour, np.float32) - under))


def _column(place: Place) -> Numbers:
    """Return a number or numbers as (1, 1) or (F, 1)."""
    return np.asarray(place, np.float32).reshape(-1, 1)


def _centres(window: slice) -> Numbers:
    """Return the middle of each pixel of a window."""
    return np.arange(window.start, window.stop, dtype=np.float32) + HALF


def _window(start: Place, end: Place, width: Place = 0) -> slice:
    """Return the pixels that a shape between two places can touch in any frame."""
    margin = np.max(width) / 2 + 1
    low = np.floor(min(np.min(start), np.min(end)) - margin)
    high = np.ceil(max(np.max(start), np.max(end)) + margin)
    return slice(*(int(min(max(edge, 0), SIZE)) for edge in (low, high)))


def _overlap(low: Place, high: Place, window: slice) -> Numbers:
    """Return how much of each pixel lies between two edges, (F or 1, pixels) within 0…1."""
    centres = _centres(window)
    edges = np.minimum(_column(high), centres + HALF) - np.maximum(_column(low), centres - HALF)
    return np.clip(edges, 0, 1).astype(np.float32)
