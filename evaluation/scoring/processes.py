"""Shares work over processes that fill one cache; what they find is read from it."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

from ...core.deaf import deaf_processes
from ...core.errors import DataError
from .preparing import PreparedRow
from .screening import Facts, Screen
from .worker import SAVE_EVERY_S, Job, Worker, one_thread

AHEAD = 4
"""Batches for each process that wait, so that none is idle and memory does not grow."""


class Pool:
    """Processes that look into files and measure rows; use it in a ``with`` block.

    What they computed is in the cache when the block ends.
    """

    def __init__(self, job: Job, processes: int) -> None:
        """Start them; each loads plugins and networks when it gets its first rows."""
        self.processes = processes
        # Forked threads of torch may hang, so processes begin anew.
        self._pool = ProcessPoolExecutor(
            processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,)
        )

    def __enter__(self) -> Pool:
        """Return the pool."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until all is written."""
        self._pool.shutdown(cancel_futures=True)

    def look(self, batches: Sequence[Sequence[Path]]) -> Iterator[list[Facts | str]]:
        """Yield the facts of each batch of files, in order."""
        return self._ordered(_look, batches)

    def measure(self, batches: Sequence[Sequence[PreparedRow]]) -> Iterator[int]:
        """Yield how many rows were measured, batch by batch."""
        return self._ordered(_measure, batches)

    def _ordered(self, work: Callable[[Any], Any], batches: Sequence[Any]) -> Iterator[Any]:
        waiting: deque[Future[Any]] = deque()
        rest = iter(batches)
        try:
            for _ in range(AHEAD * self.processes):
                self._submit(work, rest, waiting)
            while waiting:
                done = waiting.popleft().result()
                self._submit(work, rest, waiting)
                yield done
        except BrokenProcessPool:
            raise DataError(
                f"One of {self.processes} processes that measure died; the system may have been "
                "short of memory. What was computed is kept: run the command again to go on, with "
                "fewer --processes."
            ) from None

    def _submit(
        self, work: Callable[[Any], Any], rest: Iterator[Any], waiting: deque[Future[Any]]
    ) -> None:
        batch = next(rest, None)
        if batch is not None:
            with deaf_processes():
                waiting.append(self._pool.submit(work, batch))


class _Here:
    """What this process has opened."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.screen = Screen(job.cache)
        self.worker: Worker | None = None
        self.saved_at = time.monotonic()

    def save(self) -> None:
        self.screen.cache.flush()
        if self.worker is not None:
            self.worker.save()


_here: list[_Here] = []


def _begin(job: Job) -> None:
    """Open what every batch needs, save it at the end, and end with the process that began this."""
    here = _Here(job)
    _here[:] = [here]
    Finalize(None, here.save, exitpriority=10)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _look(paths: Sequence[Path]) -> list[Facts | str]:
    (here,) = _here
    with one_thread():
        found = [here.screen.look(path) for path in paths]
    if time.monotonic() - here.saved_at > SAVE_EVERY_S:
        here.screen.cache.flush()
        here.saved_at = time.monotonic()
    return found


def _measure(rows: Sequence[PreparedRow]) -> int:
    (here,) = _here
    if here.worker is None:
        here.worker = Worker(here.job, here.job.open_catalog())
    for _ in here.worker.measure(rows):
        pass  # kept in the cache
    return len(rows)
