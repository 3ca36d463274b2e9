"""The tracks of a rendered scene, all on one integer grid.

Shapes: N samples of the scene, or (N, 2) in stereo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..blobs import Grid
from ..sound.grid import mix
from ..sound.guards import Signal
from ..sound.loudness import gated_loudness


@dataclass(frozen=True, eq=False)
class Level:
    """How loud a sound was made.

    Attributes:
        lufs: of it alone.
        weighted: its samples as loudness weighs them; an event's ring on a little after it.
    """

    lufs: float
    weighted: Signal


@dataclass(frozen=True, eq=False)
class Tracks:
    """A rendered scene, all on one grid.

    Attributes:
        background: what goes on throughout.
        events: each alone in the scene, in the plan's order.
        gain: the one gain of all of them.
        background_lufs: loudness of the background, before the common gain.
        event_lufs: of each event over its own length, before the common gain.
        bits: of the grid.
        weighted: background and events as loudness weighs them, in one channel, before the gain.
        sample_rate_hz: samples per second.
    """

    background: Grid
    events: tuple[Grid, ...]
    gain: float
    background_lufs: float
    event_lufs: tuple[float, ...]
    bits: int
    weighted: tuple[Signal, tuple[Signal, ...]]
    sample_rate_hz: int

    def mixture(self, without: int | None = None) -> Grid:
        """Return the scene, or the scene without one of its events."""
        parts = [event for k, event in enumerate(self.events) if k != without]
        return mix([self.background, *parts], self.bits) if parts else self.background

    def loudness(self, *, without: int | None = None, only: int | None = None) -> float | None:
        """Return the LUFS of the scene, of the scene without an event, or of one event alone.

        Weighing is linear, so what was weighed for levelling is summed and not weighed again.
        """
        background, events = self.weighted
        if only is not None:
            total = events[only]
        else:
            total = background.copy()
            for k, event in enumerate(events):
                if k != without:
                    total += event
        found = gated_loudness(total, self.sample_rate_hz)
        return None if found is None else found + 20 * float(np.log10(self.gain))
