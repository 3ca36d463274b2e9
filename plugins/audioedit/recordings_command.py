"""``audio-omni audioedit recordings``: the manifest of a corpus, from the list it comes with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import counted, print_json
from .command_parts import AsJson, stopping


def recordings(
    *,
    listing: Annotated[Path, typer.Argument(help="The corpus's csv file.", metavar="LIST.csv")],
    corpus: Annotated[
        Literal["vggsound", "audiocaps", "esc50"],
        typer.Option("--corpus", help="Whose it is."),
    ],
    media: Annotated[
        Path,
        typer.Option(
            "--media",
            help="Folder of the recordings, named ID_START (seconds) or ID, at any depth.",
            metavar="DIR",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Manifest to write.", metavar="FILE")
    ] = Path("manifest.jsonl"),
    as_json: AsJson = False,
) -> None:
    """Write the manifest of VGGSound, AudioCaps or ESC-50, as the paper's profiles read it.

    Nothing is fetched. Recordings whose file is not there are listed all the same, and counted as
    missing by a run.
    """
    from .corpora import write_recordings

    with stopping():
        listed = write_recordings(listing, corpus, media, output)
    if as_json:
        print_json(vars(listed))
        return
    missing = f"; files of {listed.missing} are not in {media}" if listed.missing else ""
    typer.echo(f"{counted(listed.rows, 'recording')} in {output}{missing}")
