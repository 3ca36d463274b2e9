"""The funnel as tables: every stage, and the steps that the paper tells of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .tables import table

Lines = Sequence[Mapping[str, Any]]

STEPS: Mapping[str, tuple[str, ...]] = {
    "labelled clips": ("expand", "label"),
    "activity": ("activity",),
    "semantic": ("semantic",),
    "style pairs": ("remix", "style_check"),
}
"""Step of the paper → our stages that do the same, the last one first."""

PAPER_COLUMNS = ("Step", "Paper", "of the step before", "Here", "of ours before")


def funnel_html(lines: Lines) -> str:
    """Return the table of all stages."""
    rows = [
        [
            str(line["stage"]),
            f"{line['in']:,}",
            f"{line['kept']:,}",
            _share(line["kept"], line["in"]),
            f"{line['made']:,}",
            ", ".join(f"{reason} {n}" for reason, n in line["rejected"].items()) or "–",
            f"{line['failed']:,}",
            f"{line.get('seconds', 0):,.0f} s",
        ]
        for line in lines
    ]
    head = ["Stage", "In", "Kept", "Share", "Made", "Rejected", "Failed", "Time"]
    return table(head, rows)


def paper_html(paper: Mapping[str, int], lines: Lines) -> str:
    """Return the paper's steps beside the stages that do the same here."""
    if all(_made(step, lines) is None for step in paper):
        return _paper_alone(paper)
    return table(list(PAPER_COLUMNS), paper_rows(paper, lines))


def paper_rows(paper: Mapping[str, int], lines: Lines) -> list[list[str]]:
    """Return the cells of `PAPER_COLUMNS`: each of the paper's steps beside ours."""
    rows, before, ours_before = [], None, None
    for step, number in paper.items():
        ours = _made(step, lines)
        rows.append(
            [
                step,
                f"{number:,}",
                _share(number, before),
                "–" if ours is None else f"{ours:,}",
                _share(ours, ours_before),
            ]
        )
        before, ours_before = number, ours
    return rows


def _paper_alone(paper: Mapping[str, int]) -> str:
    rows, before = [], None
    for step, number in paper.items():
        rows.append([step, f"{number:,}", _share(number, before)])
        before = number
    said = "<p>This data set has no real branch, which is what the paper’s numbers are of.</p>"
    return said + table(["Step", "Paper", "of the step before"], rows)


def _made(step: str, lines: Lines) -> int | None:
    made = {str(line["stage"]): int(line["made"]) for line in lines}
    return next((made[name] for name in STEPS.get(step, ()) if name in made), None)


def _share(part: int | None, whole: int | None) -> str:
    if part is None or not whole:
        return "–"
    return f"{100 * part / whole:.1f} %" if part <= whole else f"× {part / whole:.3g}"
