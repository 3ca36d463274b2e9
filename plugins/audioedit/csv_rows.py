"""Lists that corpora and benchmarks are published as: csv files, whatever their encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from ...core.errors import DataError


def csv_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells) of lines that are neither blank nor comments (``#``).

    Bytes that are no UTF-8 become U+FFFD, which is how a text is known later to be repaired.

    Raises:
        DataError: if the file cannot be read, or is no csv.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as failure:
        raise DataError(f"{path} cannot be read ({type(failure).__name__}).") from None
    reader = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    try:
        for row in reader:
            if row and any(row) and not row[0].startswith("#"):
                yield reader.line_num, row
    except csv.Error as failure:
        raise DataError(f"{path}, line {reader.line_num}: no csv ({failure}).") from None
