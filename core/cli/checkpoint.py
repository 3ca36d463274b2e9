"""``audio-omni checkpoint``: make one of what several processes wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def checkpoint() -> None:
    """Put checkpoints together."""


@app.command()
def consolidate(
    run: Annotated[Path, typer.Argument(help="Folder of a run or checkpoint.", metavar="RUN")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")],
    weights_only: Annotated[
        bool,
        typer.Option(
            "--weights-only", help="Averaged weights alone; a training cannot go on with them."
        ),
    ] = False,
) -> None:
    """Write a checkpoint as one safetensors file for each component.

    The result loads, and can be trained on, like any run.
    """
    from ..training.consolidating import consolidate

    typer.echo(f"wrote {consolidate(run, output, weights_only=weights_only)}")
