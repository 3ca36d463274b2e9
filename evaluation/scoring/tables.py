"""Reads tables of clips: JSON lines or CSV, with errors that name file and line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...core.data.jsonl import read_jsonl
from ...core.errors import DataError
from ...core.payloads import VIDEO

DELIMITERS = {".csv": ",", ".tsv": "\t"}
SUFFIXES = (*DELIMITERS, ".jsonl", ".ndjson")


def read_table(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what messages call a line, and its fields; absent and empty ones are left out.

    The path of a video is given from where the table lies.

    Raises:
        DataError: if the file cannot be read, is of no known kind, or a line is broken.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise DataError(
            f"{path} is neither a folder nor a table; expected a name that ends in "
            f"{', '.join(SUFFIXES)}. Rename it, or name a folder of audio files."
        )
    if not path.is_file():
        raise DataError(f"{path} does not exist; expected a table of clips. Check the path.")
    lines = _csv(path, DELIMITERS[suffix]) if suffix in DELIMITERS else read_jsonl(path)
    for number, fields in lines:
        known = {key: value for key, value in fields.items() if value not in (None, "")}
        if isinstance(known.get(VIDEO), str):
            known[VIDEO] = str(path.parent / Path(known[VIDEO]).expanduser())
        yield f"{path}, line {number}", known


def _csv(path: Path, delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=delimiter)
            for fields in reader:
                if None in fields:
                    raise DataError(
                        f"{path}, line {reader.line_num}: more cells than the header has names. "
                        "Quote cells that hold the delimiter."
                    )
                yield reader.line_num, fields
    except UnicodeDecodeError as failure:
        raise DataError(f"{path} is not UTF-8 (byte {failure.start}). Save it as UTF-8.") from None
    except (OSError, csv.Error) as failure:
        raise DataError(f"{path} cannot be read: {failure}. Expected a table of clips.") from None
