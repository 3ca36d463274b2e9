"""``audio-omni tracking``: send to a tracking server what a run could not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.cli.tables import print_json

app = typer.Typer(no_args_is_help=True)


@app.callback()
def tracking() -> None:
    """Look after what runs record in MLflow."""


@app.command()
def replay(
    *,
    run: Annotated[Path, typer.Argument(help="Folder of a run that has ended.", metavar="RUN")],
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print run_dir, tracking_uri, run_id, sent, waiting, reason."),
    ] = False,
) -> None:
    """Send the records that wait in a run's folder, without going on with the run.

    They go to the server that the run was tracked at; MLFLOW_TRACKING_URI names another one, if
    the run never reached it. What is sent a second time changes nothing.
    """
    from .replay import replay as send

    outcome = send(run)
    if as_json:
        print_json(outcome.to_dict())
    else:
        typer.echo(outcome.describe())
    if outcome.waiting:
        raise typer.Exit(1)
