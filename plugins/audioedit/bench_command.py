"""``audio-omni bench audioedit``."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.cli.main import catalog_opener
from ...core.cli.tables import print_json, print_table
from .command_parts import PROFILES, Settings


def bench(
    *,
    context: typer.Context,
    profile: Annotated[
        str,
        typer.Option(
            "--profile",
            help=f"{PROFILES}; its ingredients are indexed first.",
            metavar="NAME",
        ),
    ] = "smoke",
    overrides: Settings = None,
    scenes: Annotated[int, typer.Option("--scenes", min=8, help="Scenes to render.")] = 64,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Most processes.")] = 2,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print settings, runs, parts (ms of a scene), scaling, ceilings."
        ),
    ] = False,
) -> None:
    """Measure how fast editing pairs are made, where a scene's time goes, and what bounds it.

    Scenes are rendered into a folder that is then removed: with one process, and with all of them.
    Beside how much faster all are stands how far plain work scales on this machine: arithmetic in
    cache, memory, synced files, the warper alone.
    """  # fmt: skip
    from .speed import measure
    from .workspace import read_config

    chosen = read_config(profile, [*(overrides or []), f"synthesis.scenes={scenes}"])
    told = measure(chosen, catalog_opener(context), workers)
    if as_json:
        print_json(told.to_dict())
        return
    tables = [told.run_rows(), told.part_rows(), *([told.scaling_rows()] if told.ceilings else [])]
    for rows in tables:
        print_table(tuple(rows[0]), rows)
        typer.echo()
