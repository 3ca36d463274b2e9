"""A score as one HTML file that loads nothing: numbers, distributions, clips to listen to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from ...core.metric_result import MetricResult
from ...core.page.document import asset, described, listening_page
from ...core.page.embedding import choose_format
from .extremes import Extremes
from .histogram import histogram, quartiles
from .markdown import COLUMNS, beside, how, number, table_rows
from .preparing import PreparedRow
from .report import ScoreReport

HEADLINES = 4


def page_html(report: ScoreReport, rows: Mapping[str, PreparedRow]) -> str:
    """Return the page.

    Args:
        report: what was found.
        rows: the rows by id, to listen to.

    Raises:
        MediaError: if a clip that is shown can no longer be read.
    """
    results = {result.name: result for result in report.results}
    sections = [name for name in results if report.clips.get(name)]
    title = f"Score of {Path(report.sets['generated'].path).name}"
    main = Template(asset(__package__, "score.html")).substitute(
        table=_table(report),
        notes=_notes(report),
        sections=_sections(report, rows, results),
        how=_how(report),
    )
    return listening_page(
        title,
        _lead(report),
        main,
        facts=_facts(report),
        contents=[("numbers", "Numbers"), *((n, n) for n in sections), ("how", "How")],
        skip="the numbers",
        more_css=asset(__package__, "score.css"),
    )


def _sections(
    report: ScoreReport, rows: Mapping[str, PreparedRow], results: Mapping[str, MetricResult]
) -> str:
    extremes = Extremes(rows, results)
    chosen = {
        name: extremes.chosen(report.clips[name], result.direction)
        for name, result in results.items()
        if report.clips.get(name)
    }
    shown = dict.fromkeys(row for worst, best in chosen.values() for row in worst + best)
    extremes.format = choose_format(extremes.waveforms(shown))
    return "".join(
        _section(report, results[name], extremes, worst, best)
        for name, (worst, best) in chosen.items()
    )


def _section(
    report: ScoreReport, result: MetricResult, extremes: Extremes, worst: list[str], best: list[str]
) -> str:
    values = list(report.clips[result.name].values())
    unit = "" if result.unit == "1" else result.unit
    spread = "".join(
        f"<div><dt>{name}</dt><dd>{number(value)}</dd></div>" for name, value in quartiles(values)
    )
    parts = [
        f'<section id="{escape(result.name)}"><header><h2>{escape(result.name)}</h2>'
        f"<p>{_clips(len(values))}; {escape(result.direction)} is better.</p></header>",
        histogram(values, unit=unit, mean=result.value, interval=result.interval),
        f'<dl class="numbers quartiles">{spread}</dl>',
    ]
    for heading, ids in (("Worst clips", worst), ("Best clips", best)):
        if ids:
            parts.append(f"<h3>{heading}</h3>{extremes.html(ids, report.clips)}")
    return "".join(parts) + "</section>"


def _lead(report: ScoreReport) -> str:
    made, wanted = report.sets["generated"], report.sets.get("reference")
    against = f", against {_clips(wanted.clips)} of reference" if wanted else ""
    day, _, hour = str(report.made["at"]).partition("T")
    return f"{_clips(made.clips)}{against}. Measured on {day} at {hour[:5]} UTC."


def _clips(number: int) -> str:
    return "1 clip" if number == 1 else f"{number} clips"


def _facts(report: ScoreReport) -> dict[str, str]:
    return {
        f"{result.name} ({result.direction} is better)": number(result.value)
        + ("" if result.unit == "1" else f" {result.unit}")
        for result in report.results[:HEADLINES]
    }


def _table(report: ScoreReport) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in COLUMNS)
    body = ""
    for row in table_rows(report):
        first, *rest = (escape(row[column]) for column in COLUMNS)
        cells = "".join(f"<td>{cell}</td>" for cell in rest)
        body += f'<tr><th scope="row">{first}</th>{cells}</tr>'
    return (
        '<div class="scroll results" tabindex="0" role="region" aria-label="Numbers"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _notes(report: ScoreReport) -> str:
    told = [f"{name} has no value. {reason}" for name, reason in report.refused.items()]
    told = [*beside(report.results), *told, *report.notes]
    items = "".join(f"<li>{escape(text)}</li>" for text in told)
    return f'<ul class="notes">{items}</ul>' if items else ""


def _how(report: ScoreReport) -> str:
    sets = {
        side: f"{one.clips} clips, digest {one.digest}, {one.silent} silent, {one.clipped} at full "
        f"scale, {len(one.unreadable)} left out"
        for side, one in report.sets.items()
    }
    prints = {r.name: r.fingerprint for r in report.results}
    told = json.dumps(prints, indent=2, ensure_ascii=False)
    return (
        f"{described({**sets, **how(report)})}<h3>To the last detail</h3>"
        f"<details><summary>Fingerprints</summary><pre>{escape(told)}</pre></details>"
        f"<details><summary>Versions</summary>{described(report.versions)}</details>"
    )
