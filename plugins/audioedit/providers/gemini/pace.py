"""How fast all processes together may ask: each takes the next free moment from a shared file.

When the service says that it is too much, the next moment moves away for everyone and moments come
further apart; every answer brings them a little closer again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .shared_state import shared_state

SLOWEST = 32.0
"""Most by which moments are spread."""
EASE = 0.95

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0


@dataclass(frozen=True)
class Pace:
    """A shared rate.

    Attributes:
        path: file with ``next``, the next free moment, and ``slower``, by how much it is spread.
        per_minute: requests a minute when nobody complains.
        clock: seconds since some moment that all processes share.
        sleep: waits for so many seconds.
    """

    path: Path
    per_minute: float
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def wait(self) -> None:
        """Take the next free moment, and wait for it."""
        with shared_state(self.path) as state:
            now = self.clock()
            moment = max(now, state.get("next", now))
            state["next"] = moment + 60 / self.per_minute * state.get("slower", 1.0)
        if moment > now:
            self.sleep(moment - now)

    def slow_down(self, delay_s: float) -> None:
        """Keep everyone from asking for so long, and spread what follows twice as far."""
        with shared_state(self.path) as state:
            state["slower"] = min(2 * state.get("slower", 1.0), SLOWEST)
            state["next"] = max(state.get("next", 0.0), self.clock() + delay_s)

    def ease(self) -> None:
        """Bring what follows a little closer again, after an answer."""
        with shared_state(self.path) as state:
            if state.get("slower", 1.0) > 1:
                state["slower"] = max(1.0, EASE * state["slower"])


def backoff_s(attempt: int) -> float:
    """Return how long to wait after failed try 1, 2, …: doubling from 1 s to 60 s, jittered."""
    longest = min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S)
    return longest * (0.5 + 0.5 * random.random())  # noqa: S311 - jitter, not data
