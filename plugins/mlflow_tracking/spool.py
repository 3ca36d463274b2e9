"""Operations that could not be sent, kept in order in a file of JSON lines."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

Operation = dict[str, Any]
"""``{"op": name, …}``, plain JSON values; files are named, not held."""


class Spool:
    """A file that exists only while there is something to send."""

    def __init__(self, path: Path) -> None:
        """Use a path; nothing is opened."""
        self.path = path

    def append(self, operations: Sequence[Operation]) -> None:
        """Add operations at the end."""
        if not operations:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(operation) + "\n" for operation in operations)

    def read(self) -> list[Operation]:
        """Return what waits; a line cut off by a crash is left out."""
        if not self.path.is_file():
            return []
        operations = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                operations.append(json.loads(line))
            except json.JSONDecodeError:
                continue
        return operations

    def replace(self, operations: Sequence[Operation]) -> None:
        """Keep only these operations; none removes the file."""
        self.path.unlink(missing_ok=True)
        self.append(operations)

    def set_aside(self) -> Path | None:
        """Rename a spool of an earlier run in the same folder; return its new path."""
        if not self.path.is_file():
            return None
        return self.path.rename(self.path.with_suffix(f".{int(time.time())}.jsonl"))
