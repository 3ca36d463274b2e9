"""When things happen on the frames of a clip, and the curves that they move along.

A frame is on the screen from its number / `FPS` on. Between impacts it shows where things are at
just that time; the frame that is nearest to an impact shows the impact itself. So what is seen
and what is heard lie at most half a frame, 20 ms, apart. Shapes: F frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .canvas import Numbers

FPS = 25


@dataclass(frozen=True, eq=False)
class Motion:
    """Where each frame lies between impacts; all arrays (F,).

    Attributes:
        seconds: which moment a frame shows.
        since: seconds since the last impact; infinite before the first.
        until: seconds to the next impact; infinite after the last. On an impact's frame, that
            impact is the last, not the next.
        done: how many impacts there were so far.
    """

    seconds: Numbers
    since: Numbers
    until: Numbers
    done: NDArray[np.int64]

    @property
    def nearness(self) -> Numbers:
        """Return the seconds to the nearest impact."""
        return np.minimum(self.since, self.until)


def motion(impacts_s: Sequence[float], clip_seconds: float) -> Motion:
    """Return the motion of a clip in which things hit at ``impacts_s``, in seconds, in order."""
    impacts = np.array(impacts_s, np.float64)
    seconds = np.arange(round(clip_seconds * FPS)) / FPS
    shown = np.rint(impacts * FPS).astype(int)
    seconds[shown] = impacts
    done = np.searchsorted(impacts, seconds, side="right")
    padded = np.concatenate([[-np.inf], impacts, [np.inf]])
    since, until = seconds - padded[done], padded[done + 1] - seconds
    return Motion(
        seconds.astype(np.float32), since.astype(np.float32), until.astype(np.float32), done
    )


def strike(moves: Motion, approach_s: float = 0.16, retreat_s: float = 0.2) -> Numbers:
    """Return a stroke (F,): 1 at an impact, 0 at rest; ever faster on its way, slower back."""
    going = np.clip(1 - moves.until / approach_s, 0, 1) ** 2
    coming = np.clip(1 - moves.since / retreat_s, 0, 1)
    return np.maximum(going, coming)


def fading(moves: Motion, length_s: float) -> Numbers:
    """Return what each impact sets off (F,): 1 at the impact, 0 from ``length_s`` after it on."""
    return np.clip(1 - moves.since / length_s, 0, 1)


def bounce(moves: Motion, top: float, fall_s: float = 0.3) -> Numbers:
    """Return the height (F,) of a ball that is on the ground at the impacts and only then.

    It falls from ``top`` to the first impact, and comes to rest there after the last.
    """
    whole = moves.since + moves.until
    between = np.isfinite(whole)
    span = np.where(between, whole, 1)
    peak = np.minimum(top, 60 * span**2)
    nearest = np.minimum(moves.nearness / fall_s, 1)
    alone = top * (1 - (1 - nearest) ** 2)
    with np.errstate(invalid="ignore"):
        arc = 4 * peak * moves.since * moves.until / span**2
    return np.where(between, arc, alone).astype(np.float32)
