"""``audio-omni train RECIPE -o RUN``: train a model, or go on where a run stopped."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console

from ..recipe import Recipe, find_recipe, resolve_recipe
from .options import Device, Overrides
from .tables import print_json

if TYPE_CHECKING:
    from ..catalog import Catalog

HELP = "Recipe file, or the name of a built-in recipe (micro, nano, …)."


def command(
    *,
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help=HELP, metavar="RECIPE")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the run.", metavar="RUN")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the run's latest checkpoint.")
    ] = False,
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes", help="Go on though mixture or loader differ from the run's."
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Train nothing: list what is here, what is missing, what a run would cost.",
        ),
    ] = False,
    overrides: Overrides = None,
    device: Device = "auto",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print run, status, step, loss, checkpoint; of a dry run recipe, ready, needs, "
            "plan.",
        ),
    ] = False,
) -> None:
    """Train a model; checkpoints, tracking and samples land in the run's folder.

    Tasks that give audio train a model that makes sound. Tasks that give text train its language
    model alone (recipe nano_understanding), which others then name in `local.weights`.

    On several GPUs: torchrun --nproc-per-node N -m audio_omni train RECIPE -o RUN.

    A dry run needs no RUN and no GPU; its exit status is 1 if something is missing.
    """
    catalog = context.obj
    resolved = resolve_recipe(
        find_recipe(recipe, catalog.recipes), overrides or (), where=f"Recipe '{recipe}'"
    )

    if dry_run:
        _look(resolved, catalog, output or Path(), as_json=as_json)
        return
    if output is None:
        raise typer.BadParameter(
            "missing; expected the folder of the run, or --dry-run", param_hint="'--output' / '-o'"
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
    if speaks and as_json:
        json.dump(outcome.to_dict(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    elif speaks:
        typer.echo(outcome.describe())
    if "TORCHELASTIC_RUN_ID" in os.environ:
        _leave()


def _leave() -> NoReturn:
    """End a process of torchrun at once, all being written.

    Taking the interpreter apart while a thread of the transport lets go of its last tensor would
    abort the process, and torchrun would call the run failed.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _look(recipe: Recipe, catalog: Catalog, folder: Path, *, as_json: bool) -> None:
    """Tell what a run would need and cost.

    Raises:
        typer.Exit: with status 1 if something is missing.
    """
    from ..planning.dry_run import dry_run
    from .dry_run import print_dry_run

    found = dry_run(recipe, catalog, folder)
    if as_json:
        print_json(found.to_dict())
    else:
        print_dry_run(found)
    if not found.is_ready:
        raise typer.Exit(1)
