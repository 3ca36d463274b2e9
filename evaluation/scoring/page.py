"""A score as one HTML file that loads nothing: numbers, distributions, clips to listen to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from ...core.metric_result import MetricResult
from ...core.page.embedding import choose_format
from ...core.page.panel import script, style
from .extremes import Extremes
from .histogram import histogram, quartiles
from .markdown import COLUMNS, details, how, number, table_rows
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
    sections = [(n, report.clips[n]) for n in results if report.clips.get(n)]
    title = f"Score of {Path(report.sets['generated'].path).name}"
    return Template(_asset("score.html")).substitute(
        title=escape(title),
        lead=escape(_lead(report)),
        style=style() + _asset("score.css"),
        script=script(),
        facts=_facts(report),
        contents=_contents([name for name, _ in sections]),
        table=_table(report),
        notes=_notes(report),
        sections=_sections(report, rows, results),
        how=_how(report),
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
        f"<p>{len(values)} clips; {escape(result.direction)} is better.</p></header>",
        histogram(values, unit=unit, mean=result.value, interval=result.interval),
        f'<dl class="numbers quartiles">{spread}</dl>',
    ]
    for heading, ids in (("Worst clips", worst), ("Best clips", best)):
        if ids:
            parts.append(f"<h3>{heading}</h3>{extremes.html(ids, report.clips)}")
    return "".join(parts) + "</section>"


def _lead(report: ScoreReport) -> str:
    made, wanted = report.sets["generated"], report.sets.get("reference")
    against = f", against {wanted.clips} references" if wanted else ""
    day, _, hour = str(report.made["at"]).partition("T")
    return f"{made.clips} clips{against}. Measured on {day} at {hour[:5]} UTC."


def _facts(report: ScoreReport) -> str:
    items = "".join(
        f"<div><dd>{number(result.value)}{_unit(result)}</dd><dt>{escape(result.name)} "
        f"({escape(result.direction)} is better)</dt></div>"
        for result in report.results[:HEADLINES]
    )
    return f'<dl class="facts">{items}</dl>' if items else ""


def _unit(result: MetricResult) -> str:
    return "" if result.unit == "1" else f" {escape(result.unit)}"


def _contents(names: list[str]) -> str:
    links = [("numbers", "Numbers"), *((name, name) for name in names), ("how", "How")]
    return "".join(f'<a href="#{escape(name)}">{escape(text)}</a>' for name, text in links)


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
    items = "".join(f"<li>{escape(text)}</li>" for text in [*told, *report.notes])
    return f'<ul class="notes">{items}</ul>' if items else ""


def _how(report: ScoreReport) -> str:
    sets = {
        side: f"{one.clips} clips, digest {one.digest}, {one.silent} silent, {one.clipped} at full "
        f"scale, {len(one.unreadable)} left out"
        for side, one in report.sets.items()
    }
    prints = {r.name: r.fingerprint for r in report.results}
    told = json.dumps(prints, indent=2, ensure_ascii=False)
    beside = _list({f"{name}: {what}": value for name, what, value in details(report)})
    return (
        f"{_list({**sets, **how(report)})}<h3>To the last detail</h3>"
        f"<details><summary>What metrics tell beside their values</summary>{beside}</details>"
        f"<details><summary>Fingerprints</summary><pre>{escape(told)}</pre></details>"
        f"<details><summary>Versions</summary>{_list(report.versions)}</details>"
    )


def _list(facts: Mapping[str, str]) -> str:
    items = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in facts.items()
    )
    return f'<dl class="environment">{items}</dl>'


def _asset(name: str) -> str:
    return (resources.files(__package__ or "") / name).read_text(encoding="utf-8")
