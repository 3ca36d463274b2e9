"""Operations that the store failed at while it answered others: they wait, and the others go on."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .spool import Operation, Spool

HELD_FILE = "mlflow_held.jsonl"
MOST_IN_A_ROW = 3
LONGEST_PAUSE = 32  # times the first one
NAMED = 3
NAMES = {
    "model": "logged model of step {step}",
    "model_metrics": "metrics of the logged model of step {step}",
    "best": "registration of step {step}",
    "metrics": "metrics of step {step}",
    "artifact": "file {path}",
    "image": "picture {key}",
    "dict": "file {file}",
}
OF_A_MODEL = {"model", "model_metrics", "best"}
OF_THE_STATUS = {"begin", "end"}


def order_of(operation: Operation) -> str | None:
    """Return what an operation may not overtake another one of; `None` if it may all of them."""
    kind = str(operation["op"])
    if kind in OF_A_MODEL:
        return f"model {operation.get('step')}"
    if kind in OF_THE_STATUS:
        return "status"
    if kind == "dict":
        return f"file {operation.get('file')}"
    return kind if kind in {"params", "tags"} else None


def name_of(operation: Operation) -> str:
    """Return what an operation sends, for people."""
    kind = str(operation["op"])
    return NAMES.get(kind, kind).format_map(defaultdict(str, operation))


@dataclass
class Waiting:
    """An operation that waits; times are of the clock of `Held`."""

    operation: Operation
    number: int
    reason: str | None = None
    tries: int = 0
    due_at: float = 0.0


@dataclass
class Row:
    """How often one kind of operation failed without a success between, and until when it rests."""

    failures: int = 0
    until: float = 0.0


class Held:
    """Operations that are tried again later, each after a pause that doubles; kept in a file.

    Where several of a kind fail in a row, the whole kind rests, so that a store which takes no
    pictures at all is not asked for every one of them.
    """

    def __init__(
        self, path: Path, retry_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Use a path; what it holds already is due at once."""
        self.path = path
        self._file = Spool(path)
        self._retry_s = retry_s
        self._clock = clock
        self._rows: dict[str, Row] = {}
        self._count = 0
        self._waiting: list[Waiting] = []
        for operation in self._file.read():
            self._remember(operation)

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def must_wait(self, operation: Operation) -> bool:
        """Tell whether an operation may not be sent now, though nobody tried it yet."""
        order = order_of(operation)
        is_behind = order is not None and any(
            order_of(other.operation) == order for other in self._waiting
        )
        return is_behind or self._row(operation).until > self._clock()

    def add(self, operation: Operation, reason: str | None = None) -> None:
        """Keep an operation; the reason says why it failed, and is `None` if it was not tried.

        Raises:
            OSError: if it cannot be written down.
        """
        late = {"late": True} if operation["op"] == "metrics" else {}  # later steps overtake it
        operation = {**operation, **late}
        self._file.append([operation])
        waiting = self._remember(operation)
        if reason is not None:
            self.failed(waiting, reason)

    def failed(self, waiting: Waiting, reason: str) -> None:
        """Take note that an operation failed once more."""
        row = self._row(waiting.operation)
        waiting.reason = reason
        waiting.tries += 1
        waiting.due_at = self._clock() + self._pause(waiting.tries)
        row.failures += 1
        if row.failures >= MOST_IN_A_ROW:
            row.until = self._clock() + self._pause(row.failures - MOST_IN_A_ROW + 1)

    def succeeded(self, operation: Operation) -> None:
        """Take note that the store takes operations of this kind."""
        self._rows.pop(operation["op"], None)

    def due(self) -> Iterator[Waiting]:
        """Iterate over what may be tried now, what was tried least first.

        Between two of them `failed` or `sent` decides whether others may still be.
        """
        for waiting in sorted(self._waiting, key=lambda one: (one.tries, one.number)):
            is_due = max(waiting.due_at, self._row(waiting.operation).until) <= self._clock()
            if is_due and self._is_first(waiting):
                yield waiting

    def sent(self, waiting: Waiting) -> None:
        """Take note that an operation was sent; `save` forgets it on the disk."""
        self.succeeded(waiting.operation)
        self._waiting.remove(waiting)

    def hurry(self) -> None:
        """Make all due at once: it is the last chance."""
        self._rows.clear()
        for waiting in self._waiting:
            waiting.due_at = 0.0

    def save(self) -> None:
        """Write down what still waits; without it, what was sent is sent again after a crash."""
        self._file.replace([waiting.operation for waiting in self._waiting])

    def close(self) -> None:
        """Remove the file, unless something waits in it."""
        self._file.close()

    def pause_s(self) -> float | None:
        """Return the time until something is due; `None` if nothing waits."""
        times = [
            max(one.due_at, self._row(one.operation).until)
            for one in self._waiting
            if self._is_first(one)
        ]
        return max(0.0, min(times) - self._clock()) if times else None

    def describe(self) -> str:
        """Return what waits and why, for people; of many the first few."""
        tried = [waiting for waiting in self._waiting if waiting.reason is not None]
        named = [f"{name_of(one.operation)} ({one.reason})" for one in tried[:NAMED]]
        others = Counter(
            str(one.operation["op"]) for one in self._waiting if one not in tried[:NAMED]
        )
        return "; ".join([*named, *(f"{count} x {kind}" for kind, count in others.items())])

    def _remember(self, operation: Operation) -> Waiting:
        self._count += 1
        waiting = Waiting(operation, self._count)
        self._waiting.append(waiting)
        return waiting

    def _is_first(self, waiting: Waiting) -> bool:
        order = order_of(waiting.operation)
        if order is None:
            return True
        first = next(one for one in self._waiting if order_of(one.operation) == order)
        return first is waiting

    def _row(self, operation: Operation) -> Row:
        return self._rows.setdefault(operation["op"], Row())

    def _pause(self, times: int) -> float:
        return self._retry_s * min(LONGEST_PAUSE, 2 ** min(times - 1, 10))
