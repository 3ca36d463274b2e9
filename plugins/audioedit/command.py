"""``audio-omni audioedit``: make editing pairs, look at them, prove them, ship them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ...core.cli.main import catalog_opener
from ...core.cli.options import Overrides
from ...core.cli.tables import print_json, print_table

if TYPE_CHECKING:
    from .stages.runner import OnTally

app = typer.Typer(no_args_is_help=True)

Root = Annotated[Path, typer.Argument(help="Folder of the data set.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="smoke, mini, paper, paper-1pct, clean-licence, or a YAML file; left out: what DIR "
        "was begun with.",
        metavar="NAME",
    ),
]
STOPPED = 3


@app.callback()
def audioedit() -> None:
    """Make editing pairs: each of them exact, with provenance and licence, from a plan."""


@app.command()
def plan(
    *,
    context: typer.Context,
    profile: Annotated[str, typer.Option("--profile", help="As for run.", metavar="NAME")],
    overrides: Overrides = None,
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
    overrides: Overrides = None,
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
    as_json: Annotated[
        bool, typer.Option("--json", help="Print folder, pairs, shards, funnel, seconds.")
    ] = False,
) -> None:
    """Make a data set, or go on with it; ends with packed shards.

    Run it again after anything: what is done stays done. Exit status 3 if it ended early.
    """
    from .making import make
    from .workspace import read_config, read_dataset

    config = read_dataset(output) if profile is None else read_config(profile, overrides or [])
    with _progress() as on_tally, _stopping():
        made = make(
            output,
            config,
            catalog_opener(context),
            catalog=context.obj,
            workers=workers or _cores(),
            executor=executor,
            stage=stage,
            limit=limit,
            on_tally=on_tally,
        )
    if as_json:
        print_json(made.to_dict())
        return
    _print_funnel([line.to_dict() for line in made.funnel])
    size = sum(shard.bytes for shard in made.shards) / 1e6
    typer.echo(
        f"\n{len(made.records)} pairs in {len(made.shards)} shards of {output} ({size:.1f} MB), "
        f"{made.seconds:.1f} s.\nTrain on them: uri audioedit:{output}. Look at them: audio-omni "
        f"audioedit report {output}"
    )


@app.command()
def status(context: typer.Context, root: Root, as_json: AsJson = False) -> None:
    """Print the funnel: what went into every stage, and what became of it."""
    from .funnel import PAPER, funnel
    from .providers.gemini.spending import spent
    from .workspace import open_workshop, read_dataset

    workshop, _, steps = open_workshop(
        root, read_dataset(root), catalog_opener(context), context.obj
    )
    lines = [line.to_dict() for line in funnel(workshop, steps)]
    bill = spent(root)
    if as_json:
        told = {"funnel": lines, "paper": PAPER, "spent": vars(bill)}
        print_json({"folder": str(root), **told})
    else:
        _print_funnel(lines)
        if bill.calls:
            typer.echo(
                f"Spent: {bill.calls} calls, {bill.tokens} tokens, {bill.usd:.2f} US dollars."
            )


@app.command()
def pack(context: typer.Context, root: Root, as_json: AsJson = False) -> None:
    """Write shards and manifests of what is finished; the same bytes every time."""
    from .making import Made, pack_all
    from .workspace import open_workshop, read_dataset

    workshop, _, steps = open_workshop(
        root, read_dataset(root), catalog_opener(context), context.obj
    )
    with _stopping():
        records, shards = pack_all(workshop, steps)
    if as_json:
        print_json(Made(root, [], records, shards, 0.0).to_dict())
    else:
        typer.echo(f"{len(records)} pairs in {len(shards)} shards below {root / 'shards'}")


@app.command()
def verify(root: Root, as_json: AsJson = False) -> None:
    """Read all shards and prove every pair from its bytes; exit status 1 if one is not exact."""
    from .rebuilding import prove

    proofs = list(prove(root))
    wrong = [proof for proof in proofs if proof.fault is not None]
    if as_json:
        found = [{"shard": p.shard.name, "id": p.id, "fault": p.fault} for p in wrong]
        print_json({"pairs": sum(bool(p.id) for p in proofs), "wrong": found})
    else:
        for proof in wrong:
            typer.echo(f"{proof.shard.name}  {proof.id}  {proof.fault}")
        typer.echo(f"{len(proofs) - len(wrong)} of {len(proofs)} pairs are exact")
    if wrong:
        raise typer.Exit(1)


@app.command()
def export(
    context: typer.Context,
    root: Root,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Folder to write; left out: DIR/parquet."),
    ] = None,
    to: Annotated[Literal["parquet"], typer.Option("--to", help="Form.")] = "parquet",
) -> None:
    """Write the pairs as Parquet, audio included, that the library `datasets` loads."""
    from .packing.collect import finished
    from .packing.parquet import write_parquet
    from .workspace import open_workshop, read_dataset

    workshop, _, steps = open_workshop(
        root, read_dataset(root), catalog_opener(context), context.obj
    )
    records = finished(workshop, steps)
    for path in write_parquet(records, workshop.blobs, output or root / to):
        typer.echo(path)


@app.command()
def inspect(
    context: typer.Context,
    root: Root,
    id_: Annotated[str, typer.Argument(help="Id of a pair.", metavar="ID")],
) -> None:
    """Print all that is known of a pair, and the whole way it came."""
    from .looking_up import find_record, history
    from .workspace import open_workshop, read_dataset

    workshop, _, steps = open_workshop(
        root, read_dataset(root), catalog_opener(context), context.obj
    )
    record = find_record(workshop, steps, id_)
    print_json(
        {
            "record": record.model_dump(mode="json", exclude_none=True),
            "source": str(workshop.blobs.path(record.source.sha256)),
            "target": str(workshop.blobs.path(record.target.sha256)),
            "history": history(workshop, steps, record.id),
        }
    )


@app.command()
def redo(
    context: typer.Context,
    root: Root,
    id_: Annotated[str, typer.Argument(help="Id of a pair.", metavar="ID")],
) -> None:
    """Render a pair again from its record and compare; exit status 1 if a bit differs."""
    from .looking_up import find_record
    from .rebuilding import rebuild
    from .workspace import open_workshop, read_dataset

    workshop, _, steps = open_workshop(
        root, read_dataset(root), catalog_opener(context), context.obj
    )
    rebuilt = rebuild(find_record(workshop, steps, id_), workshop)
    told = {True: "the same bytes", False: "other bytes"}
    typer.echo(f"source: {told[rebuilt.source]}; target: {told[rebuilt.target]}")
    if not rebuilt.same:
        raise typer.Exit(1)


@contextmanager
def _stopping() -> Iterator[None]:
    """Turn an early end into exit status 3; its reason goes to stderr."""
    from .stages.stopping import EXIT_CODE, StopRun

    try:
        yield
    except StopRun as stop:
        typer.secho(f"stopped: {stop}", fg="yellow", err=True)
        raise typer.Exit(EXIT_CODE) from None


@contextmanager
def _progress() -> Iterator[OnTally]:
    from .progress import RunProgress

    with RunProgress() as progress:
        yield progress


def _print_funnel(lines: list[dict[str, object]]) -> None:
    columns = ("stage", "in", "kept", "made", "rejected", "failed", "open")
    rows = []
    for line in lines:
        rejected = line["rejected"]
        assert isinstance(rejected, dict)  # noqa: S101 - our own values
        said = ", ".join(f"{reason} {n}" for reason, n in rejected.items()) or "0"
        rows.append({**line, "rejected": said, "open": line["open_parts"] or None})
    print_table(columns, rows)
    if not sys.stdout.isatty():
        return


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
