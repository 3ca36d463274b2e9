"""The paper's tables, with a row of one's own measurements beside its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import yaml

from ...core.errors import UnknownNameError, suggestion
from ...core.metric_result import MetricResult

OURS = "ours"
PAPERS = "Audio-Omni"
"""The paper's own row, which has every column."""

PERCENT = frozenset({"WER", "MMAU", "MMSU"})
"""Metrics that the paper prints as percentages, and we measure as shares."""

SMALLER_IS_BETTER = frozenset({"FAD", "FD", "KL", "LSD", "WER"})


@dataclass(frozen=True)
class PaperTable:
    """A table as it is printed.

    Attributes:
        number: as the paper numbers it: ``"3"``, ``"A5"``.
        title: what it holds.
        rows: method to column to value; a dash in the paper is missing.
        notes: what in its figures does not fit one another, or the text.
    """

    number: str
    title: str
    rows: Mapping[str, Mapping[str, float]]
    notes: Sequence[str]

    @property
    def columns(self) -> list[str]:
        """Return the columns in order, each a task (or a language) and a metric."""
        return list(self.rows[PAPERS])


def paper_tables() -> dict[str, PaperTable]:
    """Return the tables of evaluation by number."""
    text = (files(__package__) / "paper_tables.yaml").read_text(encoding="utf-8")
    return {
        number: PaperTable(number, values["title"], values["rows"], values["notes"])
        for number, values in yaml.safe_load(text).items()
    }


def paper_table(number: str) -> PaperTable:
    """Return a table by its number, in any case.

    Raises:
        UnknownNameError: if the paper has no such table of evaluation; lists those it has.
    """
    tables = paper_tables()
    known = {name.lower(): table for name, table in tables.items()}
    if number.lower() not in known:
        hint = suggestion(number, tables) or f" Known: {', '.join(tables)}."
        raise UnknownNameError(f"The paper has no table of evaluation '{number}'.{hint}")
    return known[number.lower()]


def as_printed(column: str, result: MetricResult) -> float:
    """Return a result in the unit of the paper's column."""
    return 100.0 * result.value if column.rsplit(maxsplit=1)[-1] in PERCENT else result.value


def table_lines(
    table: PaperTable,
    own: Mapping[str, Mapping[str, MetricResult]],
    missing: Mapping[str, str],
) -> list[str]:
    """Return a table as Markdown, our rows last, and why cells of ours are empty.

    Args:
        table: of the paper.
        own: what a row is called, to column, to our result.
        missing: column to the reason why there is none.
    """
    columns = table.columns
    header = ["Method", *(_with_direction(column) for column in columns)]
    body = [
        [method, *(_number(values.get(column)) for column in columns)]
        for method, values in table.rows.items()
    ]
    body += [
        [
            name,
            *(
                _number(as_printed(column, row[column])) if column in row else ""
                for column in columns
            ),
        ]
        for name, row in (own or {OURS: {}}).items()
    ]
    filled = {column for row in own.values() for column in row}
    reasons = dict.fromkeys(f"{missing[c]}" for c in columns if c in missing and c not in filled)
    return [
        f"Table {table.number}: {table.title}",
        "",
        _row(header),
        _row(["---"] * len(header)),
        *map(_row, body),
        "",
        *(f"- {note}" for note in table.notes),
        *(_size(name, column, row[column]) for name, row in own.items() for column in sorted(row)),
        *(f"- {OURS}: {reason}" for reason in reasons),
    ]


def _size(name: str, column: str, result: MetricResult) -> str:
    """Return of how many rows a cell is, and its interval where there is one."""
    low, high = result.interval or (None, None)
    if low is None or high is None:
        return f"- {name}, {column}: n = {result.n}"
    ends = (as_printed(column, result.model_copy(update={"value": end})) for end in (low, high))
    return f"- {name}, {column}: n = {result.n}, 95 % {' … '.join(map(_number, ends))}"


def _with_direction(column: str) -> str:
    return f"{column} {'↓' if column.rsplit(maxsplit=1)[-1] in SMALLER_IS_BETTER else '↑'}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
