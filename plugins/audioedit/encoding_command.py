"""``audio-omni audioedit encode``: latents of the pairs, ahead of training."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.cli.bar import progress_bar
from ...core.cli.main import catalog_opener
from ...core.cli.options import Device, Overrides
from ...core.cli.tables import print_json
from ...core.cli.train import HELP
from .command_parts import Root, stopping


def encode(
    *,
    context: typer.Context,
    root: Root,
    recipe: Annotated[str, typer.Argument(help=HELP, metavar="RECIPE")],
    overrides: Overrides = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    device: Device = "auto",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print codec, pairs, shards, written, damaged, elsewhere, bytes, seconds.",
        ),
    ] = False,
) -> None:
    """Encode all packed pairs by the codec of a recipe; run it again to go on where it stopped.

    Needs the shards alone. Train from the latents: uri audioedit:DIR?latents=auto. Exit status 3
    if it ended early.
    """
    from ...core.recipe import find_recipe, resolve_recipe
    from .latents.making import encode_latents

    found = find_recipe(recipe, context.obj.recipes)
    resolved = resolve_recipe(found, overrides or (), where=f"Recipe '{recipe}'")
    with progress_bar("Encoding") as on_progress, stopping():
        made = encode_latents(
            root,
            resolved,
            catalog_opener(context),
            workers=workers,
            device=device,
            on_progress=on_progress,
        )
    if as_json:
        print_json(made.to_dict())
    else:
        typer.echo(made.describe(root))
