"""Opens cells of a data set that hold sound or films."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...core.errors import DataError, MediaError

if TYPE_CHECKING:
    from ...core.media.video_file import VideoClip
    from ...core.media.waveform import Waveform


@dataclass(frozen=True)
class Cell:
    """A place in a table that holds a file."""

    column: str
    row: int

    def __str__(self) -> str:
        return f"row {self.row}, column '{self.column}'"


class TableMedia:
    """Reads a cell's file, be it in the table or beside it."""

    def __init__(self, table: Any) -> None:
        """Keep the data set, whose cells are not decoded."""
        self.table = table

    def audio(self, name: Cell, where: str, max_seconds: float) -> Waveform:
        """Return a decoded clip; of a film, its sound.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ...core.media.audio import load_waveform, load_waveform_bytes

        data, path = self._file(name, where)
        try:
            if data is None:
                return load_waveform(path, max_seconds=max_seconds)
            return load_waveform_bytes(data, path, max_seconds=max_seconds)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None

    def video(self, name: Cell, where: str) -> VideoClip:
        """Return a film, opened.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ...core.media.video import load_video, load_video_bytes

        data, path = self._file(name, where)
        try:
            return load_video(path) if data is None else load_video_bytes(data, path)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None

    def _file(self, cell: Cell, where: str) -> tuple[bytes | None, str]:
        """Return a file's bytes, or `None` where only its path is known, and what it is called."""
        found = self.table[cell.row][cell.column]
        if isinstance(found, dict) and found.get("bytes") is not None:
            return found["bytes"], found.get("path") or str(cell)
        if isinstance(found, dict) and found.get("path"):
            return None, found["path"]
        raise DataError(f"{where}: {cell} is empty; expected a file. Leave the row out.")
