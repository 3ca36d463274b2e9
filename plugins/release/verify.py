"""``audio-omni release verify``: our numbers beside those of the published implementation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.catalog import Catalog
from ...core.cli.bar import progress_bar
from ...core.cli.tables import print_json, print_table
from .assets import find_assets
from .goldens.report import FileReport, Report, Skipped

OnFile = Callable[[int, int, str], None]
"""Called before every file with its number from 1, how many there are, and its name."""

COLUMNS = ("file", "kind", "cases", "worst error", "tolerance", "result")


def verify(
    folder: Path,
    catalog: Catalog,
    assets: Path | None = None,
    on_file: OnFile | None = None,
) -> Report:
    """Run our modules on every golden file of a folder, in float32 on the CPU, and compare.

    What a file holds is told by the ``kind`` in its JSON, never by its name.

    Args:
        folder: pairs ``NAME.json`` and ``NAME.safetensors``.
        catalog: the plugin host, whose parts are checked.
        assets: the user's copy of the release; left out, what needs it is named as omitted.
        on_file: told about progress.

    Raises:
        DataError: if the folder is missing or has no JSON file.
        ConfigError: if the assets are not what they should be.
    """
    from .goldens.running import file_names, run_file
    from .goldens.subject import Subject

    names = file_names(folder)
    subject = Subject(catalog, find_assets(assets) if assets is not None else None)
    files: list[FileReport] = []
    skipped: list[Skipped] = []
    for number, name in enumerate(names, start=1):
        if on_file is not None:
            on_file(number, len(names), name)
        found = run_file(folder, name, subject)
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            files.append(found)
    return Report(tuple(files), tuple(skipped))


def verify_command(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(help="Golden files: pairs of .json and .safetensors.", metavar="DIR")
    ],
    assets: Annotated[
        Path | None,
        typer.Option(
            "--assets",
            help="Your copy of the release, for its sentences and its vocabulary.",
            metavar="DIR",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print passed, files (name, kind, cases, error, tolerance, passed, seconds, "
            "problems, omitted), skipped (name, reason).",
        ),
    ] = False,
) -> None:
    """Compare our modules with the published ones; exit status 1 on a miss, or if nothing ran."""
    with progress_bar("Verifying") as show:
        report = verify(
            folder, context.obj, assets, lambda number, total, name: show(number - 1, total, name)
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report)
    if not report.passed:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    print_table(COLUMNS, [_row(file) for file in report.files])
    for file in report.files:
        for problem in file.problems:
            typer.echo(f"{file.name}: {problem}")
        for part in file.omitted:
            typer.echo(f"{file.name}: not checked: {part}")
    for entry in report.skipped:
        typer.echo(f"{entry.name}: skipped: {entry.reason}")
    failed = sum(not file.passed for file in report.files)
    seconds = sum(file.seconds for file in report.files)
    verdict = f"{failed} differ" if failed else "all agree" if report.files else "nothing was run"
    typer.echo(
        f"{len(report.files)} files, {len(report.skipped)} skipped, {seconds:.0f} s: {verdict}."
    )


def _row(file: FileReport) -> Mapping[str, Any]:
    values = (
        file.name,
        file.kind,
        file.cases,
        None if file.error is None else f"{file.error:.1e}",
        _bound(file.tolerance),
        "pass" if file.passed else "FAIL",
    )
    return dict(zip(COLUMNS, values, strict=True))


def _bound(tolerance: float | None) -> str | None:
    """Return a tolerance in words; those of 1 and more count steps of whole numbers."""
    if not tolerance:
        return None if tolerance is None else "exact"
    return f"{tolerance:.0e}" if tolerance < 1 else f"{tolerance:g} steps"
