"""The one table of the whole demonstration, for the page, for Markdown and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ....core.metric_result import MetricResult
from ..page.report import Cell, Table
from ..story import words_for
from ..tables import WORDS
from .answers import Skill
from .cases import Case
from .line import Line, Missing

HEADER = ("Task", "Measure", "Ours [95 % interval]", "Baseline", "", "Upper bound", "n")
NOTE = (
    "Held-out rows only. Bold: the whole interval is better than the baseline. The upper bound is "
    "the reference itself through the codec; for questions, the answer itself."
)


def full_table(
    lines: Sequence[Line], skills: Sequence[Skill], missing: Sequence[Missing] = ()
) -> Table:
    """Return every line beside its baseline and its upper bound, and why others are missing."""
    reasons = ["", "Not measured:", "", *map(_missing, missing)] if missing else []
    note = "\n".join([NOTE, *reasons])
    return Table("Every task, measured", HEADER, [*_rows(lines, skills)], note)


def as_markdown(table: Table) -> str:
    """Return a table as Markdown, best values in bold."""
    rows = [table.header, ["---"] * len(table.header), *(map(_marked, row) for row in table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + f"\n\n{table.note}\n"


def as_values(lines: Sequence[Line], skills: Sequence[Skill]) -> list[dict[str, Any]]:
    """Return the same as plain values for JSON, with every fingerprint."""
    return [
        *(
            {
                "task": line.case.task,
                "source": line.case.uri,
                "options": dict(line.case.options),
                "without": list(line.case.without),
                "ours": line.ours.to_dict(),
                "baseline": line.measure.baseline.words,
                "baseline_result": _values(line.baseline),
                "bound_result": _values(line.bound),
                "left_out": line.left_out,
            }
            for line in lines
        ),
        *(
            {
                "task": "understanding",
                "source": skill.source,
                "skill": skill.skill,
                "ours": skill.ours.to_dict(),
                "baseline": "the commonest answer",
                "baseline_result": skill.baseline.to_dict(),
            }
            for skill in skills
        ),
    ]


def beats(ours: MetricResult, baseline: MetricResult | None) -> bool:
    """Tell whether the whole interval of ours lies on the better side of the baseline's value."""
    if baseline is None or ours.interval is None:
        return False
    low, high = ours.interval
    return low > baseline.value if ours.direction == "higher" else high < baseline.value


def with_interval(result: MetricResult) -> str:
    """Return a value with its interval, shares as percentages."""
    if result.interval is None:
        return _value(result)
    low, high = (_value(result, end) for end in result.interval)
    return f"{_value(result)} [{low}, {high}]"


def _rows(lines: Sequence[Line], skills: Sequence[Skill]) -> Iterator[Sequence[Cell | str]]:
    for line in lines:
        yield (
            _title(line.case),
            _measure(line.ours),
            Cell(with_interval(line.ours), best=beats(line.ours, line.baseline)),
            "–" if line.baseline is None else _value(line.baseline),
            line.measure.baseline.words,
            "–" if line.bound is None else _value(line.bound),
            str(line.ours.n),
        )
    for skill in skills:
        yield (
            f"Understanding: {skill.skill} ({skill.source})",
            _measure(skill.ours),
            Cell(with_interval(skill.ours), best=beats(skill.ours, skill.baseline)),
            _value(skill.baseline),
            "the commonest answer",
            "100 %",
            str(skill.ours.n),
        )


def _missing(found: Missing) -> str:
    measure = WORDS.get(found.metric, found.metric.replace("_", " "))
    first_sentence = found.reason.partition(". ")[0].rstrip(".")
    return f"- {_title(found.case)}, {measure}: {first_sentence}."


def _title(case: Case) -> str:
    title = words_for(case.task).title
    details = [case.name] if case.name else []
    details += [f"without {slot}" for slot in case.without]
    return f"{title} ({', '.join(details)})" if details else title


def _measure(result: MetricResult) -> str:
    unit = "" if result.unit == "1" else f", {result.unit}"
    return WORDS.get(result.name, result.name.replace("_", " ")) + unit


def _value(result: MetricResult, value: float | None = None) -> str:
    number = result.value if value is None else value
    if result.unit == "1":
        return f"{100 * number:.0f} %"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.1f}"


def _values(result: MetricResult | None) -> Mapping[str, Any] | None:
    return None if result is None else result.to_dict()


def _marked(cell: Cell | str) -> str:
    if isinstance(cell, str):
        return cell
    return f"**{cell.text}**" if cell.best else cell.text
