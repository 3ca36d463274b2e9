"""Stopping politely: a first signal asks, a second one interrupts."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """While entered, SIGINT and SIGTERM set ``requested`` instead of ending the process.

    A second SIGINT raises `KeyboardInterrupt`. Outside the main thread, where Python allows no
    signal handlers, nothing is changed and ``requested`` stays false.

    Attributes:
        requested: whether a signal came.
    """

    def __init__(self) -> None:
        """Start without a request."""
        self.requested = False
        self._owner = os.getpid()
        self._previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> StopRequest:
        """Take over the signals."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                self._previous[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous.clear()

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._owner:
            return  # a data worker that inherited the handler: the trainer decides, and ends it
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested = True
