"""How fast a run goes, and how long it will still take."""

from __future__ import annotations

from collections.abc import Callable

from .config import TrainConfig

SMOOTHING = 0.1


class Pace:
    """Measures steps and estimates the rest of a run, within its limit of minutes.

    Attributes:
        examples_per_s: throughput of the last step, its data included.
        seconds_per_step: smoothed over steps; whatever happens between two steps (samples,
            checkpoints) counts.
    """

    def __init__(self, config: TrainConfig, clock: Callable[[], float], elapsed_s: float) -> None:
        """Start the clock; ``elapsed_s`` were spent before a resume."""
        self.config = config
        self.clock = clock
        self.started = clock() - elapsed_s
        self.step_ended = clock()
        self.examples_per_s = 0.0
        self.seconds_per_step = 0.0
        self.steps = 0

    @property
    def elapsed_s(self) -> float:
        """Return seconds of training, those before a resume included."""
        return self.clock() - self.started

    def is_out_of_time(self) -> bool:
        """Tell whether the limit of minutes is reached."""
        limit = self.config.max_minutes
        return limit is not None and self.elapsed_s >= 60 * limit

    def progress(self, steps_done: int) -> float:
        """Return the share of the run that is done, by steps or by minutes, whichever is more."""
        share = steps_done / self.config.steps
        if self.config.max_minutes is not None:
            share = max(share, self.elapsed_s / (60 * self.config.max_minutes))
        return min(1.0, share)

    def end_step(self, examples: int, began: float) -> None:
        """Take note of a step of so many examples that began at clock time ``began``."""
        now = self.clock()
        self.examples_per_s = examples / max(now - began, 1e-9)
        took = now - self.step_ended
        self.step_ended = now
        # The first step starts workers and caches: the second one replaces it, later ones average.
        weight = max(SMOOTHING, 1.0 / max(1, self.steps))
        self.steps += 1
        self.seconds_per_step += weight * (took - self.seconds_per_step)

    def seconds_left(self, steps_done: int) -> float:
        """Return an estimate of the seconds until the run ends."""
        left = self.seconds_per_step * max(0, self.config.steps - steps_done)
        if self.config.max_minutes is not None:
            left = min(left, 60 * self.config.max_minutes - self.elapsed_s)
        return max(0.0, left)
