"""Read JSON-lines files, with errors that name file and line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DataError


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) for every line that is not blank.

    Raises:
        DataError: if the file cannot be read, or a line is not UTF-8 or not a JSON object; names
            file and line.
    """
    for number, line in read_lines(path):
        if isinstance(line, str):
            raise DataError(f"{path}, line {number}: {line}")
        yield number, line


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (line number, object, or what is wrong with the line) for lines that are not blank.

    Raises:
        DataError: if the file cannot be read.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise DataError(f"Manifest {path} {what}; expected a file of JSON lines.")
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if raw.strip():
                    yield number, _parse(raw)
    except OSError as failure:
        raise DataError(f"Manifest {path} cannot be read: {failure.strerror}.") from None


def _parse(raw: bytes) -> dict[str, Any] | str:
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as failure:
        return f"not UTF-8 (byte {failure.start} of the line). Save the file as UTF-8."
    except json.JSONDecodeError as failure:
        return f"not valid JSON ({failure.msg}, column {failure.colno}). Expected one object."
    if not isinstance(value, dict):
        return f"holds {type(value).__name__}; expected one JSON object."
    return value
