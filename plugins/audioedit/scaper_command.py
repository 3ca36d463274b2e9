"""``audio-omni audioedit scaper``: scenes of Scaper's on our engine, for comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import print_json, print_table
from .command_parts import AsJson, stopping


def scaper(
    *,
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="JAMS files that Scaper wrote.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of tracks and plans.", metavar="DIR")
    ],
    audio: Annotated[
        Path | None,
        typer.Option(
            "--audio", help="Folder of the recordings; left out: beside each file.", metavar="DIR"
        ),
    ] = None,
    warper: Annotated[
        str, typer.Option("--warper", help="What changes pitch and length.", metavar="NAME")
    ] = "signalsmith",
    bits: Annotated[
        Literal["16", "24"], typer.Option("--bits", help="Of the integer grid.")
    ] = "24",
    as_json: AsJson = False,
) -> None:
    """Render scenes that Scaper planned: every track a file, and the plan as ours.

    To compare the two, or to go on with scenes that were drawn before; levels and places are
    Scaper's.
    """
    from .scaper.rendering import FACTS, render_scenes

    with stopping():
        lines = list(
            render_scenes(files, output, context.obj, audio=audio, bits=int(bits), warper=warper)
        )
    if as_json:
        print_json(lines)
    else:
        known = [name for name in FACTS if any(line[name] is not None for line in lines)]
        print_table(known, lines)
