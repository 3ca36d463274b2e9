"""The verbs of ``audio-omni audioedit`` that pack pairs, pass them on, and take them down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import print_json
from .command_parts import (
    AsJson,
    CommercialOnly,
    Licences,
    Root,
    ending_with_3,
    reopen,
    restrict,
    said_of,
    stopping,
)


def shipping(app: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for verb in (pack, export, drop):
        app.command()(ending_with_3(verb))


def pack(
    context: typer.Context,
    root: Root,
    commercial_only: CommercialOnly = False,
    licence: Licences = None,
    as_json: AsJson = False,
) -> None:
    """Write shards and manifests of what is finished; the same bytes every time."""
    from .making import pack_all

    workshop, steps = reopen(context, root)
    restrict(workshop, commercial_only, licence)
    chosen, shards = pack_all(workshop, steps)
    if as_json:
        print_json(
            {"pairs": len(chosen.records), "left_out": dict(chosen.left_out),
             "shards": [{"file": str(s.path), "sha256": s.sha256, "bytes": s.bytes,
                         "samples": s.samples} for s in shards]}
        )  # fmt: skip
    else:
        typer.echo(
            f"{len(chosen.records)} pairs{said_of(chosen.left_out)} in {len(shards)} shards below "
            f"{root / 'shards'}"
        )


def export(
    *,
    context: typer.Context,
    root: Root,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to write; left out: DIR/parquet."),
    ] = None,
    to: Annotated[Literal["parquet"], typer.Option("--to", help="Form.")] = "parquet",
    commercial_only: CommercialOnly = False,
    licence: Licences = None,
) -> None:
    """Write the pairs as Parquet, audio included, that the library `datasets` loads, and a card."""
    from .exporting import export_parquet

    workshop, steps = reopen(context, root)
    restrict(workshop, commercial_only, licence)
    with stopping():
        chosen, written = export_parquet(workshop, steps, output or root / to)
    for path in written:
        typer.echo(path)
    if chosen.left_out:
        typer.echo(f"{len(chosen.records)} pairs{said_of(chosen.left_out)}", err=True)


def drop(
    root: Root,
    source: Annotated[
        str, typer.Option("--source", help="Id of a recording, as provenance has it, or its hash.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Kept beside it.")],
) -> None:
    """Take a recording down: all pairs that used it, and only the shards that they are in."""
    from .packing.takedown import take_down
    from .workspace import read_dataset

    read_dataset(root)  # is it one at all?
    gone = take_down(root, source, reason)
    typer.echo(
        f"{len(gone.pairs)} pairs are gone; {len(gone.shards)} shards were written again, and "
        f"{gone.latents} of latents; {gone.blobs} audio files deleted"
    )
