"""Shards written by several processes of one machine."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess

from ..deaf import deaf_processes, end_at_interrupt
from ..errors import DataError
from .encoder import Job, write_in_process
from .index import Shard
from .shard import Record


def write_with_processes(job: Job, shards: Sequence[Shard], workers: int) -> Generator[Record]:
    """Yield the record of each shard as it is written.

    Raises:
        DataError: if a process died; what was written stays.
        AudioOmniError: the first that a process raised.
    """
    if not shards:
        return
    context = get_context("spawn")  # forked threads of torch may hang
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare)
    try:
        with deaf_processes():
            futures: list[Future[Record]] = [
                pool.submit(write_in_process, job, shard.entry, shard.number, shard.rows)
                for shard in shards
            ]
        for future in as_completed(futures):
            yield future.result()
    except BrokenProcessPool:
        raise DataError(
            f"One of {workers} processes that encode died; the system may have been short of "
            "memory. What was written stays: run the command again to go on, with fewer --workers."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare() -> None:
    """End this process at Ctrl-C, and when the one that started it is gone, be it killed."""
    end_at_interrupt()  # a shard takes minutes, and is written whole or not at all
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
