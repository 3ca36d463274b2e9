"""Assembles the page: one HTML file that loads nothing from anywhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from html import escape
from importlib import resources
from pathlib import Path
from string import Template

from ....core.page.embedding import choose_format
from ....core.page.panel import script, style
from .chart import loss_charts
from .players import ROLES, section_html
from .report import Cell, Command, DemoReport, Table


def render_page(report: DemoReport, path: Path) -> Path:
    """Write the page and return its path; an older page is replaced in one move.

    Args:
        report: what to show.
        path: the file to write; missing folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".part")
    unfinished.write_text(page_html(report), encoding="utf-8")
    os.replace(unfinished, path)
    return path


def page_html(report: DemoReport) -> str:
    """Return the page as text."""
    clips = [
        clip
        for section in report.sections
        for sample in section.samples
        for role in ROLES
        if (clip := getattr(sample, role)) is not None
    ]
    audio_format = choose_format(clips)
    titles = {section.name: section.title for section in report.sections}
    return Template(_asset("page.html")).substitute(
        title=escape(report.title),
        summary=escape(report.summary),
        style=style(),
        script=script(),
        facts=_facts(report.facts),
        contents=_contents(report),
        sections="".join(section_html(item, audio_format) for item in report.sections)
        or '<p class="quiet">No samples were made.</p>',
        losses=loss_charts(report.losses, titles),
        tables="".join(_table(table) for table in report.tables)
        or '<p class="quiet">Nothing was measured.</p>',
        environment=_environment({**report.environment, "Audio on this page": audio_format}),
        commands="".join(_command(item) for item in report.commands),
    )


def _asset(name: str) -> str:
    return (resources.files(__package__ or "") / name).read_text(encoding="utf-8")


def _facts(facts: Mapping[str, str]) -> str:
    items = "".join(
        f"<div><dd>{escape(value)}</dd><dt>{escape(label)}</dt></div>"
        for label, value in facts.items()
    )
    return f'<dl class="facts">{items}</dl>' if items else ""


def _contents(report: DemoReport) -> str:
    links = [(section.name, section.title) for section in report.sections]
    links += [("training", "Training"), ("numbers", "Numbers"), ("again", "Do it again")]
    return "".join(f'<a href="#{escape(name)}">{escape(title)}</a>' for name, title in links)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    body = "".join(
        "<tr>" + "".join(_cell(cell, first=not i) for i, cell in enumerate(row)) + "</tr>"
        for row in table.rows
    )
    note = f'<p class="quiet">{escape(table.note)}</p>' if table.note else ""
    return (
        f'<h3>{escape(table.title)}</h3><div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(table.title)}"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>{note}"
    )


def _cell(cell: Cell | str, *, first: bool) -> str:
    text = escape(cell if isinstance(cell, str) else cell.text)
    if isinstance(cell, Cell) and cell.best:
        text = f"<strong>{text}</strong>"
    return f'<th scope="row">{text}</th>' if first else f"<td>{text}</td>"


def _environment(facts: Mapping[str, str]) -> str:
    items = "".join(
        f"<div><dt>{escape(label)}</dt><dd>{escape(value)}</dd></div>"
        for label, value in facts.items()
    )
    return f'<dl class="environment">{items}</dl>'


def _command(command: Command) -> str:
    purpose = f"<p>{escape(command.purpose)}</p>" if command.purpose else ""
    return (
        f'<div class="command">{purpose}<div><pre tabindex="0"><code>{escape(command.text)}</code>'
        '</pre><button class="copy" type="button" hidden>Copy</button></div></div>'
    )
