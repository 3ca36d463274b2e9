"""A thread that sends operations; they wait on the disk while the store does not answer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from .spool import Operation, Spool

logger = logging.getLogger("audio_omni.mlflow")
RETRY_S = 30.0
MOST = 500
LONGEST = 300
REFUSALS = {"INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS"}


class Sends(Protocol):
    """What operations are sent to; see `store.Store`."""

    def apply(self, operation: Operation) -> None:
        """Send one operation."""
        ...

    def metrics(self, operations: list[Operation]) -> None:
        """Send the points of several operations at once."""
        ...


class Worker:
    """Takes operations from any thread at once; never raises towards the training loop.

    Operations are written to the spool, and the thread sends them from there, in order. A store
    that does not answer is asked again after a while. An operation that it refuses while it answers
    others is dropped with a warning: it would be refused again.

    After a crash some operations may be sent a second time, so those must be such that it changes
    nothing.
    """

    def __init__(
        self, connect: Callable[[], Sends], spool: Spool, retry_s: float = RETRY_S
    ) -> None:
        """Start the thread; it connects at once."""
        self._connect = connect
        self._spool = spool
        self._retry_s = retry_s
        self._store: Sends | None = None
        self._failed_at = float("-inf")
        self._warned: set[str] = set()
        self._wake, self._closing, self._left = (threading.Event() for _ in range(3))
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
        self._left.set()  # a thread that hangs must not touch the spool any more
        if self._thread.is_alive():
            return False
        self._spool.close()
        return not self._spool.waits

    def _work(self) -> None:
        self._send()
        self.tried.set()
        is_last = False
        while not is_last:
            self._wake.wait(self._pause_s())
            self._wake.clear()
            is_last = self._closing.is_set()
            if is_last or time.monotonic() - self._failed_at >= self._retry_s:
                self._send()

    def _pause_s(self) -> float | None:
        """Return for how long to wait for something new; `None` without end."""
        return self._retry_s if self._spool.waits or self._store is None else None

    def _send(self) -> None:
        """Send what waits, as far as the store answers."""
        try:
            if self._store is None:
                self._store = self._connect()
            while (found := self._spool.next(MOST)) and not self._left.is_set():
                self._send_these(self._store, found)
        except Exception as failure:
            self._failed_at = time.monotonic()
            self._warn(
                "away",
                "MLflow does not answer (%s). Training goes on; records wait in %s and are sent "
                "when it answers, or when the run is resumed.",
                in_short(failure),
                self._spool.path,
            )

    def _send_these(self, store: Sends, found: list[tuple[Operation | None, int]]) -> None:
        """Send in order, neighbouring metrics together; raises when the store does not answer."""
        done = 0
        while done < len(found) and not self._left.is_set():
            group = _metrics_from(found, done)
            operation = found[done][0]
            try:
                if group:
                    store.metrics(group)
                elif operation is not None:
                    store.apply(operation)
            except Exception as failure:
                if not _is_refusal(failure):
                    raise
                what = "metrics" if operation is None else operation["op"]
                logger.warning("MLflow refused %s: %s", what, failure)
            done += max(1, len(group))
            if not self._left.is_set():
                self._spool.sent(found[done - 1][1])

    def _warn(self, kind: str, message: str, *values: object) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            logger.warning(message, *values)


def in_short(failure: Exception) -> str:
    """Return one line of an error; of a long one its beginning and its end, where the cause is."""
    lines = str(failure).splitlines()
    said = lines[0] if lines else type(failure).__name__
    return said if len(said) <= LONGEST else f"{said[:100]} … {said[100 - LONGEST :]}"


def _metrics_from(found: list[tuple[Operation | None, int]], start: int) -> list[Operation]:
    group = []
    for operation, _ in found[start:]:
        if operation is None or operation["op"] != "metrics":
            break
        group.append(operation)
    return group


def _is_refusal(failure: Exception) -> bool:
    """Tell an answer that says no from no answer."""
    from mlflow.exceptions import MlflowException

    if isinstance(failure, MlflowException):
        return failure.error_code in REFUSALS
    return isinstance(failure, FileNotFoundError | KeyError | TypeError | ValueError)
