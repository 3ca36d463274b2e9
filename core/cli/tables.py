"""Reports for people and for programs: tables by rich, JSON on request, always on stdout."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.text import Text

PIPED_WIDTH = 1000


def print_json(value: Any) -> None:
    """Write a value as indented JSON to stdout."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one: ``1 row``, ``2 rows``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def print_table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under a header; long cells fold on a terminal, and nothing is ever cut.

    Args:
        columns: keys of the rows, in order; also the header.
        rows: values by column; `None` prints as an empty cell, a `Text` in its colours, and
            everything else as it stands: of ``audio-omni[mlflow]`` no bracket is read as a colour.
    """
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:  # a file or a pipe has no width: keep every row on one line
        console = Console(highlight=False, width=PIPED_WIDTH)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[column]) for column in columns))
    console.print(table)


def _cell(value: Any) -> Text:
    from rich.text import Text

    return value if isinstance(value, Text) else Text("" if value is None else str(value))
