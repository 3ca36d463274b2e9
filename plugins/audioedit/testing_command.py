"""``audio-omni audioedit test-set``: pairs to test with, heard and accepted by people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...core.cli.tables import print_json, print_table
from .command_parts import AsJson, Root, reopen, stopping

COLUMNS = ("task", "asked", "chosen", "short", "candidates", "heard", "accepted")


def choose_test_set(
    *,
    context: typer.Context,
    root: Root,
    ratings: Annotated[list[Path], typer.Argument(help="Files that the listening page saved.")],
    n: Annotated[int, typer.Option("--n", min=1, help="Pairs of each edit.")] = 500,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to write; left out: DIR/test-set."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose the pairs to test with, evenly over families and levels, and write them with stems.

    Only pairs of test recordings that all who judged them accept; what falls short is told.
    """
    from .listening.accepted import heard_pairs
    from .listening.making import KEY
    from .packing.collect import finished
    from .packing.selection import select
    from .testset.choosing import choose
    from .testset.writing import write_test_set

    workshop, steps = reopen(context, root)
    records = select(workshop, finished(workshop, steps)).records
    heard = heard_pairs(root / KEY, ratings)
    chosen = choose(records, heard, per_task=n, key=workshop.config.key)
    folder = output or root / "test-set"
    with stopping():
        written = write_test_set(chosen, workshop.blobs, folder, workshop.config.pack)
    lines = [facts.to_dict() for facts in chosen.tasks]
    if as_json:
        print_json({"folder": str(folder), "tasks": lines, "facts": str(written.facts)})
        return
    print_table(COLUMNS, lines)
    typer.echo(
        f"{len(chosen.records)} pairs in {folder}; measure on them: "
        f"uri audioedit:{folder}?split=test"
    )
