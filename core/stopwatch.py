"""Where the time of a step goes: sections of the code, timed only while somebody measures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Stopwatch:
    """Adds up the seconds of sections; what a section spends in others counts for those alone.

    Attributes:
        seconds: section to its seconds so far.
    """

    def __init__(
        self,
        wait: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start at nothing.

        Args:
            wait: returns when the device has done all that it was asked for; called at the start
                and the end of each section, so that its work counts where it was asked for.
            clock: returns seconds since some moment.
        """
        self.seconds: dict[str, float] = {}
        self._wait = wait
        self._clock = clock
        self._inner: list[float] = []

    def reset(self) -> None:
        """Forget what was measured."""
        self.seconds.clear()

    @contextmanager
    def running(self) -> Iterator[Stopwatch]:
        """Time all sections that are entered inside a ``with`` block."""
        token = _running.set(self)
        try:
            yield self
        finally:
            _running.reset(token)

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        self._wait()
        began = self._clock()
        self._inner.append(0.0)
        try:
            yield
        finally:
            self._wait()
            whole = self._clock() - began
            own = whole - self._inner.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + own
            if self._inner:
                self._inner[-1] += whole


_running: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


@contextmanager
def section(name: str) -> Iterator[None]:
    """Count a ``with`` block as a section of the stopwatch that runs, if one does."""
    watch = _running.get()
    if watch is None:
        yield
    else:
        with watch._timed(name):
            yield
