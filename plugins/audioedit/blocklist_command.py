"""``audio-omni audioedit blocklist``: what no pair is made of, from published lists."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.cli.tables import print_json, print_table
from ...core.errors import ConfigError
from .command_parts import AsJson, stopping


def blocklist(
    *,
    lists: Annotated[
        list[str],
        typer.Option(
            "--list",
            help="vggsound=vggsound.csv, audiocaps=test.csv, audioset=eval_segments.csv, "
            "musiccaps=musiccaps-public.csv, youtube=FILE or groups=FILE (an id a line); once for "
            "each.",
            metavar="KIND=FILE",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write.", metavar="FILE")],
    as_json: AsJson = False,
) -> None:
    """Write what is never trained on, for `split.blocklist`, from the lists of benchmarks."""
    from .splits.forbidden import write_blocklist

    named = []
    for text in lists:
        kind, equals, file = text.partition("=")
        if not kind or not equals or not file:
            raise ConfigError(f"--list {text}: expected KIND=FILE, like audiocaps=test.csv.")
        named.append((kind, Path(file)))
    with stopping():
        counts = write_blocklist(named, output)
    if as_json:
        print_json(counts)
        return
    print_table(("list", "groups"), [{"list": k, "groups": n} for k, n in counts.items()])
    typer.echo(f"{sum(counts.values())} groups in {output}; use it: split.blocklist={output}")
