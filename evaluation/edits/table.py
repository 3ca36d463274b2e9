"""The table of editing: methods and controls in rows, Tables 4 and A3 and more in columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .statistics import Cell, mean_of_cells, mean_of_rows

NAMES = {"style_transfer": "style"}
SETS = {"fad": "FAD"}
"""Metrics of whole sets, whose intervals are not over rows."""

MEANS = {
    "lsd_floor_80": "LSD -80",
    "lsd": "LSD -100",
    "lsd_floor_120": "LSD -120",
    "lsd_below_11k": "LSD < 11 kHz",
    "lsd_inside": "LSD inside",
    "lsd_outside": "LSD outside",
    "si_sdr_outside": "SI-SDR outside (dB)",
    "loudness_change": "loudness change (LU)",
}
"""Metric to its column in the second table."""

UP = ("CLAP", "SI-SDR outside (dB)")
SECONDS, CALLS = "seconds a clip", "network calls"


@dataclass(frozen=True)
class Made:
    """What was measured of one method on one kind of edit.

    Attributes:
        results: metric to the number of the set.
        clips: metric to the value of each row.
        left_out: metric to why rows have no value, to how many of them.
        seconds: wall clock a clip, or `None` for files of others.
        calls: clips that the network saw for each, or `None`.
    """

    results: Mapping[str, Cell]
    clips: Mapping[str, Mapping[str, float]]
    left_out: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    seconds: float | None = None
    calls: float | None = None


@dataclass(frozen=True)
class EditTable:
    """Numbers by method and column.

    Attributes:
        tasks: kinds of edits, in the paper's order.
        rows: method to column to number.
        notes: what a reader has to know.
    """

    tasks: Sequence[str]
    rows: Mapping[str, Mapping[str, Cell]]
    notes: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        rows = {
            method: {column: cell._asdict() for column, cell in cells.items()}
            for method, cells in self.rows.items()
        }
        return {"tasks": list(self.tasks), "rows": rows, "notes": list(self.notes)}


def row_of(made: Mapping[str, Made]) -> dict[str, Cell]:
    """Return the columns of a method from what was measured of it, by kind of edit."""
    row: dict[str, Cell] = {}
    for metric, title in (("fad", "FAD"), ("lsd", "LSD")):
        own = {task: one.results[metric] for task, one in made.items() if metric in one.results}
        row |= {f"{NAMES.get(task, task)} {title}": cell for task, cell in own.items()}
        if own:
            row[f"mean {title}"] = mean_of_cells(own) if metric in SETS else _mean(made, metric)
    if any("clap_score" in one.clips for one in made.values()):
        row["CLAP"] = _mean(made, "clap_score")
    for metric, title in MEANS.items():
        if any(one.clips.get(metric) for one in made.values()):
            row[title] = _mean(made, metric)
    return row | _costs(made)


def markdown(table: EditTable) -> str:
    """Return the table as Markdown: the paper's columns, then ours, then what to know."""
    present = {column for cells in table.rows.values() for column in cells}
    names = [NAMES.get(task, task) for task in table.tasks]
    by_edit = [f"{name} {metric}" for name in names for metric in ("FAD", "LSD")]
    means = ["mean FAD", "mean LSD", "CLAP"]
    more = [*MEANS.values(), SECONDS, CALLS]
    parts = ["# Edits", "", "Means over kinds of edits (the paper's Table 4):", ""]
    parts += _block(table.rows, [c for c in means if c in present])
    parts += ["", "By kind of edit (Table A3):", ""]
    parts += _block(table.rows, [c for c in by_edit if c in present])
    parts += ["", "What an edit kept, and what it cost:", ""]
    parts += _block(table.rows, [c for c in more if c in present])
    parts += ["", *(f"- {note}" for note in table.notes)]
    return "\n".join(parts) + "\n"


def _mean(made: Mapping[str, Made], metric: str) -> Cell:
    values = {
        task: [*one.clips[metric].values()] for task, one in made.items() if one.clips.get(metric)
    }
    return mean_of_rows(values)


def _costs(made: Mapping[str, Made]) -> dict[str, Cell]:
    found = {}
    for column, name in ((SECONDS, "seconds"), (CALLS, "calls")):
        known = {
            task: value for task, one in made.items() if (value := getattr(one, name)) is not None
        }
        if known:
            found[column] = Cell(sum(known.values()) / len(known), None, len(known), tuple(known))
    return found


def _block(rows: Mapping[str, Mapping[str, Cell]], columns: Sequence[str]) -> list[str]:
    header = ["method", *(f"{column} {_arrow(column)}".strip() for column in columns)]
    body = [[method, *(_text(cells.get(c), c) for c in columns)] for method, cells in rows.items()]
    lines = [header, ["---"] * len(header), *body]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _arrow(column: str) -> str:
    if column in {SECONDS, CALLS}:
        return ""
    return "↑" if column in UP else "↓"


def _text(cell: Cell | None, column: str) -> str:
    if cell is None:
        return "–"
    if column == CALLS:
        return f"{cell.value:.0f}"
    text = f"{cell.value:.3f}" if column in {"CLAP", SECONDS} else f"{cell.value:.2f}"
    if cell.interval is None:
        return text
    low, high = (f"{end:.3f}" if column == "CLAP" else f"{end:.2f}" for end in cell.interval)
    return f"{text} [{low}, {high}]"
