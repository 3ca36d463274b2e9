"""``audio-omni demo``: the main job from end to end, on a laptop's CPU."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ...core.cli.options import Device, Overrides
from ...core.recipe import find_recipe, resolve_recipe

DEFAULT_MINUTES = 7.0
"""Minutes of training that leave room for the rest within ten on two cores."""

UNBOUNDED_STEPS = 10**9


def command(
    *,
    context: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the run and the page.", metavar="RUN")
    ] = Path("runs/demo"),
    minutes: Annotated[
        float | None,
        typer.Option(
            "--minutes",
            min=0.01,
            help=f"Minutes of training; left out: the recipe's steps, at most {DEFAULT_MINUTES:g}.",
        ),
    ] = None,
    clips: Annotated[
        int, typer.Option("--clips", min=2, help="Held-out clips to measure, per task.")
    ] = 24,
    recipe: Annotated[str, typer.Option("--recipe", help="Recipe file or built-in name.")] = "nano",
    overrides: Overrides = None,
    device: Device = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print page, run, mlflow, seconds, measurements.")
    ] = False,
) -> None:
    """Train on a mixture of six tasks, generate, edit, measure, and write a page to listen to.

    Stopped half-way, the same command goes on; finished, it makes the page again.
    """
    catalog = context.obj
    resolved = resolve_recipe(
        find_recipe(recipe, catalog.recipes),
        [*_length_of_training(minutes), *(overrides or ())],
        where=f"Recipe '{recipe}'",
    )

    from .run import run_demo

    console = Console(stderr=True)
    outcome = run_demo(resolved, catalog, output, clips=clips, device=device, console=console)
    if as_json:
        json.dump(outcome.to_dict(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        typer.echo(f"page    {outcome.page}")
        typer.echo(f"track   {outcome.mlflow_command}")


def _length_of_training(minutes: float | None) -> list[str]:
    """Return overrides: a fast device ends by the recipe's steps, an asked-for time never does."""
    if minutes is None:
        return [f"train.max_minutes={DEFAULT_MINUTES}"]
    return [f"train.max_minutes={minutes}", f"train.steps={UNBOUNDED_STEPS}"]
