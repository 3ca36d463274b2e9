"""A thread that sends operations; they wait on the disk while the store does not answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from .held import HELD_FILE, Held
from .sending import Sender, Sends, in_short
from .spool import Operation, Spool

logger = logging.getLogger("audio_omni.mlflow")
RETRY_S = 30.0


class Worker:
    """Takes operations from any thread at once; never raises towards the training loop.

    Operations are written to the spool, and the thread sends them from there, in order. A store
    that does not answer is asked again after a while. What it fails at while it answers is held,
    see `Sender`.

    After a crash some operations may be sent a second time, so those must be such that it changes
    nothing.
    """

    def __init__(
        self, connect: Callable[[], Sends], spool: Spool, retry_s: float = RETRY_S
    ) -> None:
        """Start the thread; it connects at once."""
        self._connect = connect
        self._spool = spool
        self._held = Held(spool.path.with_name(HELD_FILE), retry_s)
        self._retry_s = retry_s
        self._store: Sends | None = None
        self._failed_at = float("-inf")
        self._warned: set[str] = set()
        self._wake, self._closing, self._left = (threading.Event() for _ in range(3))
        self._sender = Sender(spool, self._held, self._left)
        self.tried = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)
        self._thread.start()

    @property
    def store(self) -> Any:
        """Return the store, or `None` while none has been reached."""
        return self._store

    def put(self, operation: Operation) -> None:
        """Write an operation down, to be sent."""
        try:
            self._spool.append([operation])
        except OSError as failure:
            self._warn("disk", "MLflow: records cannot be written down and are lost: %s", failure)
        self._wake.set()

    def close(self, wait_s: float) -> bool:
        """Send what waits, for ``wait_s`` at most; return whether all went."""
        self._closing.set()
        self._wake.set()
        self._thread.join(wait_s)
        self._left.set()  # a thread that hangs must not touch the files any more
        if self._thread.is_alive():
            return False
        self._spool.close()
        self._held.close()
        return not self._spool.waits and not len(self._held)

    def failing(self) -> str:
        """Return what the store failed at and why, for people; empty if it took all or was away."""
        return self._held.describe()

    def is_behind(self) -> bool:
        """Tell whether there is something that the store was not even asked to take."""
        return self._spool.waits

    def _work(self) -> None:
        self._send()
        self.tried.set()
        is_last = False
        while not is_last:
            self._wake.wait(self._pause_s())
            self._wake.clear()
            is_last = self._closing.is_set()
            if is_last:
                self._held.hurry()
            if is_last or time.monotonic() - self._failed_at >= self._retry_s:
                self._send()

    def _pause_s(self) -> float | None:
        """Return for how long to wait for something new; `None` without end."""
        if self._store is None or self._spool.waits:
            return self._retry_s
        pause = self._held.pause_s()
        if pause is None:
            return None
        return max(pause, self._failed_at + self._retry_s - time.monotonic())

    def _send(self) -> None:
        """Send what waits, as far as the store answers."""
        try:
            if self._store is None:
                self._store = self._connect()
            self._sender.send(self._store)
        except Exception as failure:
            self._failed_at = time.monotonic()
            self._warn(
                "away",
                "MLflow does not answer (%s). Training goes on; records wait in %s and are sent "
                "when it answers, or when the run is resumed.",
                in_short(failure),
                self._spool.path,
            )

    def _warn(self, kind: str, message: str, *values: object) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            logger.warning(message, *values)
