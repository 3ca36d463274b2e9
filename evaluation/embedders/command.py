"""``audio-omni metrics convert``: what metrics need before they can measure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.cli.tables import print_json
from .published import PUBLISHED


def convert_command(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            help="A published pickle: "
            + ", ".join(own.file for own in PUBLISHED.values())
            + ", or pytorch_model.bin of a folder of transformers.",
            metavar="CHECKPOINT",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="File to write; left out: the network's name in AUDIO_OMNI_EMBEDDERS.",
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(
            "--network",
            metavar="NAME",
            help=f"Whose weights they are ({', '.join(PUBLISHED)}); left out: the file tells.",
        ),
    ] = None,
    components: Annotated[
        Path | None,
        typer.Option(
            "--components",
            metavar="FILE",
            help="VGGish's second published file, of principal components; FAD does without.",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print network, output, tensors, dropped, sha256 and as_published.",
        ),
    ] = False,
) -> None:
    """Make a safetensors file of a published checkpoint; nothing in the pickle is run."""
    from .convert import convert_checkpoint

    done = convert_checkpoint(checkpoint, output, network=network, components=components)
    if as_json:
        print_json({**done.__dict__, "dropped": list(done.dropped)})
        return
    if done.as_published is False:
        typer.secho(
            f"note: this is not the published {PUBLISHED[done.network].file}, to go by its "
            f"digest; its SHA-256 is {done.sha256}",
            fg="yellow",
            err=True,
        )
    if done.dropped:
        typer.secho(f"note: left out {', '.join(done.dropped)}", fg="yellow", err=True)
    typer.echo(f"wrote {done.output}: {done.network}, {done.tensors} tensors")
