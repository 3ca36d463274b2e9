"""``audio-omni data``: look at data before a run does, and encode it ahead of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .bar import progress_bar
from .main import catalog_opener
from .options import Device, Overrides
from .tables import counted, print_json, print_table
from .train import HELP

if TYPE_CHECKING:
    from ..data.findings import Finding, Report

app = typer.Typer(no_args_is_help=True)

COLUMNS = ("line", "id", "severity", "kind", "message")
MOST_ALIKE = 5
"""Findings with the same message that are printed; a wrong field name is found in every row."""


@app.callback()
def data() -> None:
    """Check data, and encode it ahead of training."""


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
    workers: Annotated[
        int, typer.Option("--workers", min=0, help="Processes that decode; 0: this one.")
    ] = 2,
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
    from ..data.check import check_manifest
    from ..data.check_options import CheckOptions

    values = {
        "field_map": _pairs(field_map or []),
        "sample_rate_hz": sample_rate_hz,
        "workers": workers,
    }
    options = parse_config(CheckOptions, values, where="Options of data check")
    with progress_bar("Checking") as on_progress:
        report = check_manifest(manifest, options, on_progress)
    if as_json:
        print_json(report.as_json())
    else:
        _print_report(report)
    if report.errors:
        raise typer.Exit(1)


@app.command()
def encode(
    *,
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help=HELP, metavar="RECIPE")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the shards.", metavar="FOLDER")
    ],
    overrides: Overrides = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            min=1,
            help="Processes; left out: 1, and with --ray as many as the cluster has room for.",
        ),
    ] = None,
    on_ray: Annotated[
        bool,
        typer.Option(
            "--ray",
            help="Work over a Ray cluster: that at RAY_ADDRESS, or one of this machine; extra "
            "'ray'.",
        ),
    ] = False,
    shard_rows: Annotated[int, typer.Option("--shard-rows", min=1, help="Rows of a shard.")] = 1000,
    half: Annotated[
        bool, typer.Option("--half", help="Store values as float16: half the room, not bit-equal.")
    ] = False,
    device: Device = "auto",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print folder, rows, shards, written, damaged, broken, cut, bytes, seconds.",
        ),
    ] = False,
) -> None:
    """Encode a recipe's rows into shards; run it again to go on where it stopped.

    Train from them, without codec and language model in memory:
    audio-omni train RECIPE -o RUN --set loader.encoded=FOLDER.
    """
    from ..encoding.ahead import encode_ahead
    from ..recipe import find_recipe, resolve_recipe

    found = find_recipe(recipe, context.obj.recipes)
    resolved = resolve_recipe(found, overrides or (), where=f"Recipe '{recipe}'")
    with progress_bar("Encoding") as on_progress:
        outcome = encode_ahead(
            resolved,
            catalog_opener(context),
            output,
            workers=workers or (0 if on_ray else 1),
            on_ray=on_ray,
            device=device,
            shard_rows=shard_rows,
            half=half,
            on_progress=on_progress,
        )
    if as_json:
        print_json(outcome.to_dict())
    else:
        typer.echo(outcome.describe())


def _print_report(report: Report) -> None:
    shown = _shown(report.findings)
    if shown:
        print_table(COLUMNS, [asdict(finding) for finding in shown])
    counts = ", ".join(f"{count} {kind}" for kind, count in report.counts.items())
    left_out = len(report.findings) - len(shown)
    if left_out:
        typer.echo(f"… {left_out} more that say the same; --json lists them")
    rows, errors = counted(report.rows, "row"), counted(report.errors, "error")
    typer.echo(f"{rows}, {errors}. {counts or 'Nothing found.'}")


def _shown(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those that only repeat what was said often enough."""
    told: Counter[str] = Counter()
    shown = []
    for finding in findings:
        told[finding.message] += 1
        if told[finding.message] <= MOST_ALIKE:
            shown.append(finding)
    return shown


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        ours, equals, theirs = text.partition("=")
        if not equals or not ours or not theirs:
            raise typer.BadParameter(f"'{text}' is not ours=theirs, like audio=path.")
        pairs[ours] = theirs
    return pairs
