"""``audio-omni data``: look at data before a run does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .tables import print_json, print_table

if TYPE_CHECKING:
    from ..data.check import OnProgress, Report

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("line", "id", "severity", "kind", "message")


@app.callback()
def data() -> None:
    """Check data."""


@app.command()
def check(
    manifest: Annotated[Path, typer.Argument(help="A manifest: JSON lines.")],
    field_map: Annotated[
        list[str] | None,
        typer.Option("--field-map", help="Our field = the manifest's name, like audio=path."),
    ] = None,
    sample_rate_hz: Annotated[
        int | None,
        typer.Option("--sample-rate", help="Rate in Hz to expect, in place of each row's own."),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", help="Processes that decode.")] = 2,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help=f"Print manifest, rows, errors, counts, findings ({', '.join(COLUMNS)}).",
        ),
    ] = False,
) -> None:
    """Decode every clip of a manifest and tell what is wrong; exit status 1 if there are errors."""
    from ..config import parse_config
    from ..data.check import CheckOptions, check_manifest

    values = {
        "field_map": _pairs(field_map or []),
        "sample_rate_hz": sample_rate_hz,
        "workers": workers,
    }
    options = parse_config(CheckOptions, values, where="Options of data check")
    with _progress() as on_progress:
        report = check_manifest(manifest, options, on_progress)
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report)
    if report.errors:
        raise typer.Exit(1)


def _print_report(report: Report) -> None:
    if report.findings:
        print_table(COLUMNS, [asdict(finding) for finding in report.findings])
    counts = ", ".join(f"{count} {kind}" for kind, count in report.counts.items())
    typer.echo(f"{report.rows} rows, {report.errors} errors. {counts or 'Nothing found.'}")


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not equals or not ours or not theirs:
            raise typer.BadParameter(f"'{text}' is not ours=theirs, like audio=path.")
        pairs[ours] = theirs
    return pairs


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """Show a bar on stderr if that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Checking", total=None)

        def update(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield update
