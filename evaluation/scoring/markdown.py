"""A score as Markdown: the table, what was measured, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ...core.metric_result import MetricResult
from .report import ScoreReport

COLUMNS = ("metric", "value", "95 % interval", "n", "unit", "better", "flags")


def table_rows(report: ScoreReport) -> list[dict[str, str]]:
    """Return the table, one row for each metric; those without a value say so."""
    rows = [
        {
            "metric": result.name,
            "value": number(result.value),
            "95 % interval": interval_text(result),
            "n": n_text(result.n, result.undefined),
            "unit": result.unit,
            "better": result.direction,
            "flags": ", ".join(result.flags),
        }
        for result in report.results
    ]
    empty = dict.fromkeys(COLUMNS, "")
    return rows + [{**empty, "metric": name, "value": "none"} for name in report.refused]


def markdown(report: ScoreReport) -> str:
    """Return the report as a page of Markdown."""
    rows = [[row[column] for column in COLUMNS] for row in table_rows(report)]
    parts = ["# Score", "", *_table(COLUMNS, rows), ""]
    parts += [f"- {line}" for line in beside(report.results)]
    parts += [f"- `{name}` has no value. {reason}" for name, reason in report.refused.items()]
    parts += [f"- {note}" for note in report.notes]
    parts += ["", "## Sets", "", *_sets(report), "", "## How", ""]
    parts += [f"- {name}: {text}" for name, text in how(report).items()]
    parts += ["", "## Versions", "", *_table(("what", "version"), list(report.versions.items()))]
    return "\n".join(parts) + "\n"


def beside(results: Iterable[Any]) -> list[str]:
    """Return a line for each result with what is to be read beside its value.

    Args:
        results: `MetricResult`, or such as plain values.
    """
    lines = []
    for result in results:
        values = result if isinstance(result, Mapping) else result.model_dump()
        told = [
            f"{name.replace('_', ' ')} {text}"
            for name, value in values["details"].items()
            if (text := _plain(value)) is not None
        ]
        told += [f"no value for {n}: {why}" for why, n in values.get("undefined", {}).items()]
        if told:
            lines.append(f"{values['name']}: {', '.join(told)}")
    return lines


def _plain(value: Any) -> str | None:
    """Return a detail in words: one value, or counts by name without the empty ones."""
    if isinstance(value, Mapping) and all(isinstance(count, int) for count in value.values()):
        return f"({', '.join(f'{name}: {count}' for name, count in value.items() if count)})"
    if isinstance(value, float):
        return number(value)
    return str(value) if isinstance(value, int | str) else None


def how(report: ScoreReport) -> dict[str, str]:
    """Return the policies, what they changed, and how pairs were found, in words."""
    policies = report.request["policies"]
    pairing = report.pairing
    applied = ", ".join(f"{count} clips {what}" for what, count in report.applied.items())
    rate, cut = policies["sample_rate_hz"], policies["cut_seconds"]
    rows = report.request.get("row_cut")
    long = {} if rows is None else {"rows cut": f"{rows['rows']} of {rows['of']}, {rows['rule']}"}
    return {
        "channels": str(policies["channels"]),
        "sample rate": f"{rate} Hz" if rate else "that of each file",
        "unlike durations": str(policies["durations"]),
        "cut": f"at {cut:g} s" if cut else "no",
        **long,
        "level": str(policies["level"]),
        "candidates": f"{report.request['candidates']} for each row",
        "changed": applied or "no clip",
        "pairs": f"{pairing['pairs']} ({pairing['how']})",
    }


def number(value: float) -> str:
    """Return a value with four significant digits."""
    return f"{value:.4g}"


def interval_text(result: MetricResult) -> str:
    """Return ``low … high``, or nothing."""
    return f"{number(result.interval[0])} … {number(result.interval[1])}" if result.interval else ""


def n_text(n: int, undefined: Mapping[str, int]) -> str:
    """Return how many clips a value is of, and how many beside them have none."""
    without = sum(undefined.values())
    return f"{n} ({without} without value)" if without else str(n)


def _sets(report: ScoreReport) -> list[str]:
    header = ("side", "clips", "digest", "silent", "clipped", "left out", "rates (Hz)", "channels")
    rows = [
        [
            side,
            str(one.clips),
            one.digest,
            str(one.silent),
            str(one.clipped),
            str(len(one.unreadable)),
            _counts(one.sample_rates_hz),
            _counts(one.channels),
        ]
        for side, one in report.sets.items()
    ]
    return _table(header, rows)


def _counts(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(counts) if len(counts) == 1 else ", ".join(f"{v}: {n}" for v, n in counts.items())
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in r) + " |" for r in rows]
