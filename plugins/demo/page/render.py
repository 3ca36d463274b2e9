"""Assembles the page: one HTML file that loads nothing from anywhere."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from ....core.page.document import asset, described, listening_page
from ....core.page.embedding import choose_format
from ....core.whole_file import write_whole
from .chart import loss_charts
from .players import ROLES, section_html
from .report import Cell, Command, DemoReport, Table

PARTS = (("training", "Training"), ("numbers", "Numbers"), ("again", "Do it again"))
"""Sections below those of tasks."""


def render_page(report: DemoReport, path: Path) -> Path:
    """Write the page and return its path; an older page is replaced in one move.

    Args:
        report: what to show.
        path: the file to write; missing folders are made.

    Raises:
        WriteError: if it cannot be written.
    """
    write_whole(path, page_html(report).encode(), make_folders=True)
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
    main = Template(asset(__package__, "page.html")).substitute(
        sections="".join(section_html(item, audio_format) for item in report.sections)
        or '<p class="quiet">No samples were made.</p>',
        losses=loss_charts(report.losses, titles),
        tables="".join(_table(table) for table in report.tables)
        or '<p class="quiet">Nothing was measured.</p>',
        environment=described({**report.environment, "Audio on this page": audio_format}),
        commands="".join(_command(item) for item in report.commands),
    )
    return listening_page(
        report.title,
        report.summary,
        main,
        facts=report.facts,
        contents=[*titles.items(), *PARTS],
        skip="the samples",
    )


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


def _command(command: Command) -> str:
    purpose = f"<p>{escape(command.purpose)}</p>" if command.purpose else ""
    return (
        f'<div class="command">{purpose}<div><pre tabindex="0"><code>{escape(command.text)}</code>'
        '</pre><button class="copy" type="button" hidden>Copy</button></div></div>'
    )
