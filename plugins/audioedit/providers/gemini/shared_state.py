"""A few numbers that all processes of a run share, in a file: read, changed and written in turn."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .....core.whole_file import temporary_beside


@contextmanager
def shared_state(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the values of a file while no other process has them; what is changed is kept.

    An exception keeps what was there, and so does a full disk. The file is replaced as a whole, so
    that a process that dies leaves the old values or the new ones.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        values = read_state(path)
        before = json.dumps(values, sort_keys=True)
        yield values
        after = json.dumps(values, sort_keys=True)
        if after != before:
            temporary = temporary_beside(path)
            try:
                temporary.write_text(after, encoding="utf-8")
                temporary.replace(path)
            except OSError:
                temporary.unlink(missing_ok=True)
                raise


def read_state(path: Path) -> dict[str, Any]:
    """Return the values of a file, or none if it is not there."""
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return values
