"""``audio-omni metrics``: networks converted, and our metrics beside the field's own tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.cli.bar import progress_bar
from ...core.cli.tables import print_json, print_table
from ..embedders.command import convert_command
from .report import CaseReport, Report, worst_of

app = typer.Typer(no_args_is_help=True)
app.command("convert")(convert_command)

COLUMNS = ("group", "cases", "run", "worst error", "allowed", "result")


@app.callback()
def metrics() -> None:
    """Prepare the networks that metrics listen with, and verify their numbers."""


@app.command("verify")
def verify_command(
    folder: Annotated[
        Path,
        typer.Argument(help="Golden cases: a .json and its .safetensors.", metavar="DIR"),
    ],
    omitted: Annotated[
        bool, typer.Option("--omitted", help="List the outputs that nothing was compared with.")
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print passed, seconds, groups (group, cases, run, error, allowed, passed), "
            "cases (id, group, status, compared, error, allowed, problems, omitted).",
        ),
    ] = False,
) -> None:
    """Compare our metrics with golden cases; exit status 1 on a miss, or if a case was not run."""
    from .running import verify

    with progress_bar("Verifying") as show:
        report = verify(folder, lambda number, total, id_: show(number - 1, total, id_))
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report, omitted=omitted)
    if not report.passed:
        raise typer.Exit(1)


def _print(report: Report, *, omitted: bool) -> None:
    print_table(COLUMNS, [_row(name, cases) for name, cases in report.groups().items()])
    for case in report.cases:
        state = "not run: " if case.status == "not run" else ""
        for problem in case.problems:
            typer.echo(f"{case.id}: {state}{problem}")
        for part in case.omitted if omitted else ():
            typer.echo(f"{case.id}: not compared: {part}")
    count = {status: 0 for status in ("pass", "fail", "not run")}
    for case in report.cases:
        count[case.status] += 1
    values = sum(case.compared for case in report.cases)
    typer.echo(
        f"{len(report.cases)} cases, {values} values, {report.seconds:.0f} s: {count['pass']} "
        f"agree, {count['fail']} differ, {count['not run']} not run."
    )


def _row(name: str, cases: list[CaseReport]) -> dict[str, Any]:
    worst, run = worst_of(cases), sum(case.status != "not run" for case in cases)
    result = "pass" if all(case.acceptable for case in cases) else "FAIL"
    values = (name, len(cases), run, _number(worst.error), _allowed(worst), result)
    return dict(zip(COLUMNS, values, strict=True))


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.1e}"


def _allowed(case: CaseReport) -> str | None:
    return "exact" if case.allowed == 0.0 else _number(case.allowed)
