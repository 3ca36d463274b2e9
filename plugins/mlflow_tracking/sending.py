"""How what waits is sent: in order, around what the store fails at."""

from __future__ import annotations

import json
import logging
import threading
from typing import Protocol

from .held import Held, Waiting, name_of
from .spool import Operation, Spool

logger = logging.getLogger("audio_omni.mlflow")
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

    def answers(self) -> bool:
        """Tell whether it answers at all."""
        ...


class Sender:
    """Sends the spool and what is held; raises when the store does not answer.

    An operation that fails while the store answers is held, and others go on, except those that
    may not overtake it. One that is refused would be refused again: it is dropped with a warning.

    Attributes:
        left: once it is set, nothing is written to the files any more.
    """

    def __init__(self, spool: Spool, held: Held, left: threading.Event) -> None:
        """Use the files of a run."""
        self.left = left
        self._spool = spool
        self._held = held
        self._warned: set[str] = set()

    def send(self, store: Sends) -> None:
        """Send what waits, then what is held and due; raises what the store raises."""
        while (found := self._spool.next(MOST)) and not self.left.is_set():
            self._send_these(store, found)
        while not self.left.is_set() and self._try_held(store):
            pass

    def _send_these(self, store: Sends, found: list[tuple[Operation | None, int]]) -> None:
        """Send in order, neighbouring metrics together."""
        done = 0
        while done < len(found) and not self.left.is_set():
            group = _metrics_from(found, done)
            operation = found[done][0]
            if len(group) > 1:
                self._send_together(store, group)
            elif operation is not None:
                self._send_one(store, operation)
            done += max(1, len(group))
            if not self.left.is_set():
                self._spool.sent(found[done - 1][1])

    def _send_together(self, store: Sends, group: list[Operation]) -> None:
        """Send metrics at once; where that fails, one by one."""
        if not self._held.must_wait(group[0]) and _taken(store, group):
            return
        for operation in group:
            self._send_one(store, operation)

    def _send_one(self, store: Sends, operation: Operation) -> None:
        reason = None
        if not self._held.must_wait(operation):
            reason = self._failure(store, operation)
            if reason is None:
                self._held.succeeded(operation)
                return
        if not self.left.is_set():
            self._held.add(operation, reason)

    def _try_held(self, store: Sends) -> bool:
        """Try what is held and due; tell whether some of it was sent."""
        before = len(self._held)
        try:
            self._try_metrics(store)
            for waiting in self._held.due():
                if self.left.is_set():
                    break
                self._note(waiting, self._failure(store, waiting.operation))
        finally:
            some_sent = len(self._held) < before and not self.left.is_set()
            if some_sent:
                self._held.save()
        return some_sent

    def _try_metrics(self, store: Sends) -> None:
        """Try the metrics that are due at once: they are many if the store took none for long."""
        metrics = [one for one in self._held.due() if one.operation["op"] == "metrics"][:MOST]
        if len(metrics) > 1 and _taken(store, [one.operation for one in metrics]):
            for waiting in metrics:
                self._note(waiting, None)

    def _note(self, waiting: Waiting, reason: str | None) -> None:
        if reason is None:
            self._held.sent(waiting)
        else:
            self._held.failed(waiting, reason)

    def _failure(self, store: Sends, operation: Operation) -> str | None:
        """Send one operation; return why it failed, or `None` if it is dealt with."""
        try:
            store.apply(operation)
        except Exception as failure:
            if _is_refusal(failure):
                logger.warning("MLflow refused %s: %s", name_of(operation), failure)
                return None
            if not store.answers():
                raise
            self._warn(operation, failure)
            return in_short(failure)
        return None

    def _warn(self, operation: Operation, failure: Exception) -> None:
        """Say once of a kind that one failed."""
        kind = operation["op"]
        if kind in self._warned:
            return
        self._warned.add(kind)
        logger.warning(
            "MLflow answers, but fails at the %s (%s). It waits in %s and is tried again; other "
            "records go on.",
            name_of(operation),
            in_short(failure),
            self._held.path,
        )


def in_short(failure: Exception) -> str:
    """Return one line of an error; of a long one its beginning and its end, where the cause is."""
    lines = str(failure).splitlines()
    said = lines[0] if lines else type(failure).__name__
    return said if len(said) <= LONGEST else f"{said[:100]} … {said[100 - LONGEST :]}"


def _taken(store: Sends, group: list[Operation]) -> bool:
    """Send metrics at once; tell whether the store took them. Raises where it does not answer."""
    try:
        store.metrics(group)
    except Exception as failure:
        if not _is_refusal(failure) and not store.answers():
            raise
        return False
    return True


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
    if isinstance(failure, OSError | json.JSONDecodeError):  # of the network, or of a proxy's page
        return isinstance(failure, FileNotFoundError)
    return isinstance(failure, KeyError | TypeError | ValueError)
