"""Processes that do not hear Ctrl-C: who started them says when they end.

A terminal sends Ctrl-C to every process of a command. One that is still importing would answer
with a traceback.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def deaf_processes() -> Iterator[None]:
    """Let processes that are spawned in a ``with`` block ignore SIGINT, from their first line on.

    They inherit that it is ignored, and Python leaves it so. One that comes within the block, which
    is as short as the spawning, is lost. Outside the main thread, where Python allows no signal
    handlers, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def end_at_interrupt() -> None:
    """Let this process end at SIGINT without a word, now that it is past its imports.

    For one whose unfinished work is worth nothing.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
