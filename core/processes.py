"""Work spread over several processes of one machine, whose results come as they are ready."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from .deaf import deaf_processes, end_at_interrupt
from .errors import DataError

T = TypeVar("T")


def in_processes(
    work: Callable[..., T], calls: Sequence[tuple[Any, ...]], workers: int
) -> Generator[T]:
    """Yield what each call of ``work`` returns, in the order in which they end.

    Args:
        work: picklable, like its arguments and results.
        calls: its arguments, call by call.
        workers: processes; they end with this one, however it ends.

    Raises:
        DataError: if a process died.
        AudioOmniError: the first that a process raised.
    """
    if not calls:
        return
    context = get_context("spawn")  # forked threads of torch may hang
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare)
    try:
        with deaf_processes():
            futures = [pool.submit(work, *arguments) for arguments in calls]
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
    end_at_interrupt()  # what is made takes minutes, and is written whole or not at all
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_for, args=(parent,), daemon=True).start()


def _wait_for(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
