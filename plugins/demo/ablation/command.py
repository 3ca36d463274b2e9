"""``audio-omni ablate STUDY``: what a choice is worth, trained and measured both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ....core.cli.options import Device, Overrides
from .study import find_study


def command(
    *,
    context: typer.Context,
    study: Annotated[
        str,
        typer.Argument(
            help="table5, table5_pairs, table6, table7, table_a1_audio, table_a1_video, the last "
            "two also with _published at their end, or a file.",
            metavar="STUDY",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the runs and the table.")
    ],
    clips: Annotated[
        int, typer.Option("--clips", min=2, help="Held-out clips to measure, a source.")
    ] = 32,
    listener_clips: Annotated[
        int, typer.Option("--listener-clips", min=8, help="Real clips that a listener learns from.")
    ] = 2000,
    overrides: Overrides = None,
    device: Device = "auto",
) -> None:
    """Train every variant of a study, measure all the same way, print one table.

    Stopped half-way, the same command goes on.
    """
    found = find_study(study)

    from ..full.table import as_markdown
    from .run import Trial, run_study

    trial = Trial(found, overrides or (), clips, listener_clips, device)
    table = run_study(trial, context.obj, output, Console(stderr=True))
    typer.echo(as_markdown(table))
