"""``audio-omni train RECIPE -o RUN``: train a model, or go on where a run stopped."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..recipe import find_recipe, resolve_recipe
from .options import Device, Overrides

HELP = "Recipe file, or the name of a built-in recipe (micro, nano, …)."


def command(
    *,
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help=HELP, metavar="RECIPE")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the run.", metavar="RUN")
    ],
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's latest checkpoint.")
    ] = False,
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes", help="Go on though mixture or loader differ from the run's."
        ),
    ] = False,
    overrides: Overrides = None,
    device: Device = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print run, status, step, loss, checkpoint.")
    ] = False,
) -> None:
    """Train a model; checkpoints, tracking and samples land in the run's folder.

    Tasks that give audio train a model that makes sound. Tasks that give text train its language
    model alone (recipe nano_understanding), which others then name in `local.weights`.

    On several GPUs: torchrun --nproc-per-node N -m audio_omni train RECIPE -o RUN.
    """
    catalog = context.obj
    resolved = resolve_recipe(
        find_recipe(recipe, catalog.recipes), overrides or (), where=f"Recipe '{recipe}'"
    )

    from ..training.session import train
    from .progress import TrainingProgress

    speaks = os.environ.get("RANK", "0") == "0"  # of the processes of torchrun, the first one does
    with TrainingProgress(None if speaks else Console(quiet=True)) as progress:
        outcome = train(
            resolved,
            catalog,
            output,
            resume=resume,
            accept_changes=accept_changes,
            device=device,
            observers=[progress],
            on_pool=progress.on_pool,
        )
    if not speaks:
        return
    if as_json:
        json.dump(outcome.to_dict(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        typer.echo(outcome.describe())
