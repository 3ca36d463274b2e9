"""``audio-omni audioedit``: make editing pairs, look at them, prove them, ship them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ...core.cli.main import catalog_opener
from ...core.cli.tables import counted, print_json, print_table
from .blocklist_command import blocklist
from .command_parts import PROFILES, AsJson, Settings, print_funnel, said_of, stopping
from .encoding_command import encode
from .looking_command import looking
from .people_command import judging
from .recordings_command import recordings
from .scaper_command import scaper
from .shipping_command import shipping
from .testing_command import choose_test_set
from .voice.command import app as voice_app
from .wording_command import paraphrase

if TYPE_CHECKING:
    from .stages.tally import OnTally

app = typer.Typer(no_args_is_help=True)

Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help=f"{PROFILES}; left out: what DIR was begun with.",
        metavar="NAME",
    ),
]


@app.callback()
def audioedit() -> None:
    """Make editing pairs: each of them exact, with provenance and licence, from a plan."""


@app.command()
def plan(
    *,
    context: typer.Context,
    profile: Annotated[str, typer.Option("--profile", help=f"{PROFILES}.", metavar="NAME")],
    overrides: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Tell what a run would make, of what, and how much room and time it would take."""
    from .estimating import estimate
    from .workspace import read_config

    told = estimate(read_config(profile, overrides or []), context.obj)
    if as_json:
        print_json(told.to_dict())
    else:
        print_table(("what", "value"), list(told.rows()))


@app.command()
def run(
    *,
    context: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the data set.", metavar="DIR")
    ],
    profile: Profile = None,
    overrides: Settings = None,
    stage: Annotated[
        str | None, typer.Option("--stage", help="Run this stage alone, and do not pack.")
    ] = None,
    executor: Annotated[
        Literal["local", "ray"],
        typer.Option("--executor", help="This machine, or a Ray cluster (extra 'ray')."),
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, help="Processes; left out: one for each core."),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", min=1, help="Make only the first so many scenes or clips."),
    ] = None,
    redo: Annotated[
        str | None,
        typer.Option(
            "--redo",
            help="Do this stage anew, and all that follow; go on with it without this option.",
            metavar="STAGE",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print folder, pairs, quotas, shards, funnel, seconds.")
    ] = False,
) -> None:
    """Make a data set, or go on with it; ends with packed shards.

    Run it again after anything: what is done stays done. Exit status 3 if it ended early.
    """
    from .making import make
    from .quotas import told
    from .workspace import read_config, read_dataset

    config = (
        read_dataset(output, overrides or [])
        if profile is None
        else read_config(profile, overrides or [])
    )
    with _progress() as on_tally, stopping():
        made = make(
            output,
            config,
            catalog_opener(context),
            catalog=context.obj,
            workers=workers or _cores(),
            executor=executor,
            stage=stage,
            limit=limit,
            redo=redo,
            on_tally=on_tally,
        )
    if as_json:
        print_json(made.to_dict())
        return
    print_funnel([line.to_dict() for line in made.funnel])
    if stage is not None:
        typer.echo(
            f"\nStage '{stage}' is done; nothing was packed. Go on: audio-omni audioedit run "
            f"-o {output}"
        )
        return
    for line in told(made.quotas, made.missing):
        typer.echo(line)
    size = sum(shard.bytes for shard in made.shards) / 1e6
    typer.echo(
        f"\n{counted(len(made.records), 'pair')}{said_of(made.left_out)} in "
        f"{counted(len(made.shards), 'shard')} of {output} ({size:.1f} MB), "
        f"{made.seconds:.1f} s.\nTrain on them: uri audioedit:{output}. "
        f"Look at them: audio-omni audioedit report {output}"
    )


@contextmanager
def _progress() -> Iterator[OnTally]:
    from .progress import RunProgress

    with RunProgress() as progress:
        yield progress


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


app.command()(recordings)
app.command()(blocklist)
looking(app)
shipping(app)
app.command()(encode)
judging(app)
app.command("test-set")(choose_test_set)
app.command()(paraphrase)
app.command()(scaper)
app.add_typer(voice_app, name="voice")
