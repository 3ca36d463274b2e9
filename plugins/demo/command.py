"""``audio-omni demo``: the main job from end to end, on a laptop's CPU."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ...core.cli.options import Device, Overrides
from ...core.errors import ConfigError
from ...core.recipe import Recipe, find_recipe, resolve_recipe
from .budget import DEFAULT_MINUTES, FULL_MINUTES, UNBOUNDED_STEPS

if TYPE_CHECKING:
    from ...core.catalog import Catalog
    from .outcome import DemoOutcome

FULL_RECIPE, EARS_RECIPE = "nano_full", "nano_understanding"


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
            help=f"Minutes of training; left out: the recipe's steps, at most {DEFAULT_MINUTES:g} "
            f"(--full: {FULL_MINUTES:g}).",
        ),
    ] = None,
    clips: Annotated[
        int, typer.Option("--clips", min=2, help="Held-out clips to measure, per task.")
    ] = 24,
    recipe: Annotated[
        str | None,
        typer.Option(
            "--recipe",
            help=f"Recipe file or built-in name; left out: nano (--full: {FULL_RECIPE}).",
        ),
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full",
            help="Every task: train the language model, then the model, and fill one table.",
        ),
    ] = False,
    ears: Annotated[
        str | None,
        typer.Option(
            "--ears",
            help="With --full: run of a trained language model to use, or the recipe to train one "
            f"by; left out: {EARS_RECIPE}.",
            metavar="RUN|RECIPE",
        ),
    ] = None,
    overrides: Overrides = None,
    device: Device = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print page, run, mlflow, seconds, measurements.")
    ] = False,
) -> None:
    """Train on a mixture of tasks, generate, edit, measure, and write a page to listen to.

    Stopped half-way, the same command goes on; finished, it makes the page again.
    """
    name = recipe or (FULL_RECIPE if full else "nano")
    changes = [*_length_of_training(minutes, full=full), *(overrides or ())]
    if ears is not None and not full:
        raise ConfigError("Got --ears without --full; expected both, or neither.")
    run = partial(_run_full, ears=ears) if full else _run
    outcome = run(context.obj, name, changes, output, clips=clips, device=device)
    if as_json:
        json.dump(outcome.to_dict(), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        typer.echo(f"page    {outcome.page}")
        typer.echo(f"track   {outcome.mlflow_command}")


def _run(
    catalog: Catalog, recipe: str, changes: list[str], output: Path, *, clips: int, device: str
) -> DemoOutcome:
    from .run import run_demo

    resolved = _resolve(catalog, recipe, changes)
    console = Console(stderr=True)
    return run_demo(resolved, catalog, output, clips=clips, device=device, console=console)


def _run_full(
    catalog: Catalog,
    recipe: str,
    changes: list[str],
    output: Path,
    *,
    ears: str | None,
    clips: int,
    device: str,
) -> DemoOutcome:
    from .full.run import EARS, FullDemo, run_full_demo, with_ears
    from .listener import CLIPS

    by = EARS_RECIPE if ears is None else ears
    is_trained = by not in catalog.recipes and Path(by).is_dir()
    folder = Path(by) if is_trained else output / EARS
    made = _resolve(catalog, recipe, changes)
    demo = FullDemo(
        ears=None if is_trained else _resolve(catalog, by, []),
        ears_folder=folder,
        recipe=_resolve(catalog, recipe, [*changes, *with_ears(made, folder)]),
        clips=clips,
        listener_clips=CLIPS,
        device=device,
    )
    return run_full_demo(demo, catalog, output, Console(stderr=True))


def _resolve(catalog: Catalog, recipe: str, changes: list[str]) -> Recipe:
    return resolve_recipe(find_recipe(recipe, catalog.recipes), changes, where=f"Recipe '{recipe}'")


def _length_of_training(minutes: float | None, *, full: bool) -> list[str]:
    """Return overrides: a fast device ends by the recipe's steps, an asked-for time never does."""
    if minutes is None:
        return [f"train.max_minutes={FULL_MINUTES if full else DEFAULT_MINUTES}"]
    return [f"train.max_minutes={minutes}", f"train.steps={UNBOUNDED_STEPS}"]
