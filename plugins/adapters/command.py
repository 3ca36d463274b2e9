"""``audio-omni lora export`` and ``audio-omni lora merge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.cli.options import parse_adapters

app = typer.Typer(no_args_is_help=True, help="Export low-rank adapters, and merge them.")

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")]


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run with train.lora.", metavar="RUN")],
    output: Output,
) -> None:
    """Write the adapters of a run as files of the library PEFT."""
    from ...core.training.adapter_files import export_adapters

    typer.echo(f"wrote {export_adapters(run, output)}")


@app.command()
def merge(
    context: typer.Context,
    model: Annotated[Path, typer.Argument(help="Folder of a run or checkpoint.", metavar="MODEL")],
    output: Output,
    lora: Annotated[
        list[str] | None,
        typer.Option("--lora", help="Folder of adapters, or FOLDER=STRENGTH; once for each."),
    ] = None,
) -> None:
    """Write a model with adapters in its weights: its own, if it was trained with some, and others.

    The result loads, and can be trained on, like any run.
    """
    from ...core.training.merging import merge_model

    typer.echo(f"wrote {merge_model(model, parse_adapters(lora), output, context.obj)}")
