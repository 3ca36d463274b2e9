"""One process a part: a file that its owner keeps young, and that is taken over when it is old."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ....core.whole_file import is_alive

REFRESH_SECONDS = 30.0
GUARD = ".taking"
STALE_SECONDS = 600.0
"""After so long without a sign of life a lock is anybody's."""


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Yield whether this process holds a lock; if so, keep it fresh until the block ends.

    A lock whose owner is a process of this machine that is gone is taken over at once; that of
    another machine when it has not been refreshed for ten minutes.
    """
    mine = {"host": socket.gethostname(), "pid": os.getpid(), "token": uuid.uuid4().hex}
    if not _take(path, mine):
        yield False
        return
    over = threading.Event()
    keeper = threading.Thread(target=_refresh, args=(path, over), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        over.set()
        keeper.join()
        if _owner(path) == mine:
            path.unlink(missing_ok=True)


def _take(path: Path, mine: dict[str, object]) -> bool:
    """Make the lock, in place of a stale one; of several that try at once, one succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / GUARD).open("a") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)  # for the moment of looking and taking only
        if path.exists() and not _is_stale(path):
            return False
        try:
            path.write_text(json.dumps(mine), encoding="utf-8")
        except OSError:
            path.unlink(missing_ok=True)  # a lock without an owner would hold up the next run
            raise
        return True


def _is_stale(path: Path) -> bool:
    try:
        age = time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return True
    owner = _owner(path)
    if owner is None:
        return age > REFRESH_SECONDS  # its owner died between making and writing it
    here = owner.get("host") == socket.gethostname()
    return age > STALE_SECONDS or (here and not is_alive(int(str(owner.get("pid", 0)))))


def _owner(path: Path) -> dict[str, object] | None:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return owner if isinstance(owner, dict) else None


def _refresh(path: Path, over: threading.Event) -> None:
    while not over.wait(REFRESH_SECONDS):
        try:
            os.utime(path)
        except OSError:
            return
