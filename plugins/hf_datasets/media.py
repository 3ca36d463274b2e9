"""Opens cells of a data set that hold sound or films."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...core.data.manifest_files import Media
from ...core.errors import DataError


@dataclass(frozen=True)
class Cell:
    """A place in a table that holds a file."""

    column: str
    row: int

    def __str__(self) -> str:
        return f"row {self.row}, column '{self.column}'"


class TableMedia(Media):
    """Reads a cell's file, be it in the table or beside it."""

    def __init__(self, table: Any) -> None:
        """Keep the data set, whose cells are not decoded."""
        self.table = table

    def file(self, name: Cell, where: str) -> tuple[bytes | None, str]:
        """Return a file's bytes, or `None` where only its path is known, and what it is called.

        Raises:
            DataError: if the cell is empty; opens with ``where``.
        """
        found = self.table[name.row][name.column]
        if isinstance(found, dict) and found.get("bytes") is not None:
            return found["bytes"], found.get("path") or str(name)
        if isinstance(found, dict) and found.get("path"):
            return None, found["path"]
        raise DataError(f"{where}: {name} is empty; expected a file. Leave the row out.")
