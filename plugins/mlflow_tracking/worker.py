"""A thread that sends operations, and spools them while the store does not answer."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

from .spool import Operation, Spool

logger = logging.getLogger("audio_omni.mlflow")
RETRY_S = 30.0
MOST = 500


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

    While the store does not answer, operations go to the spool, in order, and every half minute
    it is asked again. An operation that the store refuses while it answers others is dropped
    with a warning: it would be refused again.
    """

    def __init__(
        self, connect: Callable[[], Sends], spool: Spool, retry_s: float = RETRY_S
    ) -> None:
        """Start the thread; it connects at once."""
        self._connect = connect
        self._spool = spool
        self._retry_s = retry_s
        self._store: Sends | None = None
        self._asked_at = float("-inf")
        self._warned = False
        self._closed = threading.Event()
        self._queue: queue.Queue[Operation | None] = queue.Queue()
        self.tried = threading.Event()
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)
        self._thread.start()

    @property
    def store(self) -> Any:
        """Return the store, or `None` while it does not answer."""
        return self._store

    def put(self, operation: Operation) -> None:
        """Queue an operation."""
        self._queue.put(operation)

    def close(self, wait_s: float) -> bool:
        """Send what is queued; after ``wait_s`` the rest goes to the spool. Return if all went."""
        self._queue.put(None)
        self._thread.join(wait_s)
        if self._thread.is_alive():
            self._closed.set()
            self._spool.append(self._drain(block=False))
        return not self._spool.path.is_file()

    def _work(self) -> None:
        self._reach()
        self.tried.set()
        is_last = False
        while not is_last:
            operations = self._drain(block=True)
            is_last = self._closed.is_set()
            try:
                self._handle(operations, is_last)
            except OSError as failure:  # the spool itself: a full disk
                logger.warning("MLflow: %d records lost: %s", len(operations), failure)

    def _drain(self, *, block: bool) -> list[Operation]:
        """Return what is queued, after waiting for the first."""
        operations: list[Operation] = []
        while len(operations) < MOST:
            try:
                operation = self._queue.get(block=block and not operations)
            except queue.Empty:
                break
            if operation is None:
                self._closed.set()
                break
            operations.append(operation)
        return operations

    def _handle(self, operations: list[Operation], is_last: bool) -> None:
        if self._store is None or self._spool.path.is_file():
            self._spool.append(operations)
            if is_last or time.monotonic() - self._asked_at >= self._retry_s:
                self._reach()
            return
        self._spool.append(self._send(operations))

    def _reach(self) -> None:
        """Connect if needed, and send what is spooled."""
        self._asked_at = time.monotonic()
        try:
            if self._store is None:
                self._store = self._connect()
        except Exception as failure:
            self._warn(failure)
            return
        # Removed only once it is sent: after a crash it is sent again, and steps are not doubled.
        self._spool.replace(self._send(self._spool.read()))

    def _send(self, operations: list[Operation]) -> list[Operation]:
        """Send in order, neighbouring metrics together; return what the store did not take."""
        assert self._store is not None  # noqa: S101 (both callers connected)
        done = 0
        while done < len(operations):
            group = _metrics_from(operations, done)
            try:
                if group:
                    self._store.metrics(group)
                else:
                    self._store.apply(operations[done])
            except Exception as failure:
                if not _is_refusal(failure):
                    self._warn(failure)
                    return operations[done:]
                logger.warning("MLflow refused %s: %s", operations[done]["op"], failure)
            done += max(1, len(group))
        return []

    def _warn(self, failure: Exception) -> None:
        if not self._warned:
            self._warned = True
            logger.warning(
                "MLflow does not answer (%s). Training goes on; records wait in %s and are sent "
                "when it answers, or when the run is resumed.",
                str(failure).splitlines()[0][:200] if str(failure) else type(failure).__name__,
                self._spool.path,
            )


def _metrics_from(operations: list[Operation], start: int) -> list[Operation]:
    end = start
    while end < len(operations) and operations[end]["op"] == "metrics":
        end += 1
    return operations[start:end]


def _is_refusal(failure: Exception) -> bool:
    """Tell an answer that says no from no answer."""
    from mlflow.exceptions import MlflowException

    if isinstance(failure, MlflowException):
        return failure.error_code in {"INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS"}
    return isinstance(failure, FileNotFoundError | KeyError | TypeError | ValueError)
