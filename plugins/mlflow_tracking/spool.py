"""Operations on the disk, in order: written before they are sent, gone once they are.

So what a server has not taken yet outlives the process, however that ends.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Operation = dict[str, Any]
"""``{"op": name, …}``, plain JSON values; files are named, not held."""


class Spool:
    """A file of JSON lines, of which the first ones may have been sent. Threads may share it."""

    def __init__(self, path: Path) -> None:
        """Use a path; nothing is opened. What it holds already waits to be sent."""
        self.path = path
        self._sent = 0
        self._lock = threading.Lock()

    def append(self, operations: Sequence[Operation]) -> None:
        """Add operations at the end.

        Raises:
            OSError: if they cannot be written, for example because the disk is full.
        """
        lines = _lines(operations)
        with self._lock, self.path.open("ab+") as file:
            if file.tell() and not _ends_a_line(file):
                file.write(b"\n")  # a crash cut the last line off; it may not spoil the next one
            file.write(lines)

    def read(self) -> list[Operation]:
        """Return what waits; a line cut off by a crash is left out."""
        return [operation for operation, _ in self.next(None) if operation is not None]

    def next(self, most: int | None) -> list[tuple[Operation | None, int]]:
        """Return the first that wait, each with where it ends, for `sent`.

        A line that cannot be read is `None`.
        """
        with self._lock:
            if not self.path.is_file():
                return []
            with self.path.open("rb") as file:
                file.seek(self._sent)
                lines = file.readlines()[:most]
        found, end = [], self._sent
        for line in lines:
            end += len(line)
            found.append((_parsed(line), end))
        return found

    def sent(self, end: int) -> None:
        """Take note that what ends there, and all before it, was sent."""
        with self._lock:
            self._sent = end
            if self.path.stat().st_size == end:
                os.truncate(self.path, 0)
                self._sent = 0

    def replace(self, operations: Sequence[Operation]) -> None:
        """Write other operations in place of all that wait, at once.

        Raises:
            OSError: if they cannot be written; then those of before are still there.
        """
        partial = self.path.with_suffix(".partial")
        partial.write_bytes(_lines(operations))
        with self._lock:
            os.replace(partial, self.path)
            self._sent = 0

    @property
    def waits(self) -> bool:
        """Tell whether there is something to send."""
        return self.path.is_file() and self.path.stat().st_size > self._sent

    def close(self) -> None:
        """Remove the file, unless something waits in it."""
        if not self.waits:
            self.path.unlink(missing_ok=True)

    def set_aside(self) -> Path | None:
        """Rename what an earlier run in the same folder left; return its new path."""
        if not self.waits:
            return None
        return self.path.rename(self.path.with_suffix(f".{int(time.time())}.jsonl"))


def _lines(operations: Sequence[Operation]) -> bytes:
    return "".join(json.dumps(operation) + "\n" for operation in operations).encode()


def _ends_a_line(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) == b"\n")


def _parsed(line: bytes) -> Operation | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
