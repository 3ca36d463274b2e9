"""The verbs of ``audio-omni audioedit`` that look at a data set, prove it, and ship it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from ...core.cli.tables import print_json, print_table
from ...core.errors import DataError
from .command_parts import (
    AsJson,
    CommercialOnly,
    Licences,
    Root,
    print_funnel,
    reopen,
    restrict,
    said_of,
    stopping,
)

Id = Annotated[str, typer.Argument(help="Id of a pair.", metavar="ID")]


def looking(app: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for verb in (
        status, report, verify, pack, export, inspect, redo, drop, listen, judge, calibrate,
    ):  # fmt: skip
        app.command()(_stopping(verb))


def _stopping(verb: Callable[..., None]) -> Callable[..., None]:
    """Return a verb that ends with status 3 where the disk is full."""

    @wraps(verb)
    def stops(*arguments: Any, **options: Any) -> None:
        with stopping():
            verb(*arguments, **options)

    return stops


def status(context: typer.Context, root: Root, as_json: AsJson = False) -> None:
    """Print the funnel: what went into every stage and became of it; and the latents there are."""
    from .funnel import PAPER, funnel
    from .latents.reading import latents_there
    from .providers.gemini.spending import spent
    from .quotas import asked_for, finished_pairs, missing_recordings, quotas, told
    from .report.funnel_table import PAPER_COLUMNS, paper_rows

    workshop, steps = reopen(context, root)
    lines, bill = [line.to_dict() for line in funnel(workshop, steps)], spent(root)
    found = quotas(asked_for(workshop.config), finished_pairs(workshop, steps))
    missing = missing_recordings(lines)
    latents = latents_there(root)
    if as_json:
        facts = {"funnel": lines, "paper": PAPER, "spent": vars(bill), "missing": missing}
        facts["quotas"] = [quota.to_dict() for quota in found]
        facts["latents"] = [one._asdict() for one in latents]
        print_json({"folder": str(root), **facts})
        return
    print_funnel(lines)
    for line in told(found, missing):
        typer.echo(line)
    for one in latents:
        typer.echo(
            f"Latents by codec {one.codec} {one.key}: {one.pairs} pairs in {one.shards} of "
            f"{one.of} shards, {one.bytes / 1e6:.1f} MB"
        )
    if bill.calls:
        typer.echo(f"\nSpent: {bill.calls} calls, {bill.tokens} tokens, {bill.usd:.2f} US dollars")
    if workshop.config.real is not None:
        rows = [dict(zip(PAPER_COLUMNS, row, strict=True)) for row in paper_rows(PAPER, lines)]
        typer.echo()
        print_table(PAPER_COLUMNS, rows)


def report(
    context: typer.Context,
    root: Root,
    pairs: Annotated[
        int, typer.Option("--pairs", min=0, help="Pairs of each edit and branch to show.")
    ] = 24,
    fad_embedder: Annotated[
        str | None,
        typer.Option(
            "--fad-embedder",
            help="What listens for the FAD of controls; left out: VGGish, as in the paper.",
            metavar="NAME",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write one page to look at: funnel, histograms, licences, spectrograms and players."""
    from .conflicts_heard import conflicts_heard
    from .funnel import PAPER, conflicts_met, funnel
    from .packing.collect import finished
    from .packing.selection import select
    from .providers.gemini.spending import spent
    from .quotas import asked_for, counted, quotas
    from .report.build import write_report
    from .report.examples import rejected_examples

    workshop, steps = reopen(context, root)
    records = select(workshop, finished(workshop, steps)).records
    real = workshop.config.real
    written = write_report(
        workshop.root,
        records,
        [line.to_dict() for line in funnel(workshop, steps)],
        catalog=context.obj,
        paper=PAPER,
        examples=rejected_examples(workshop, steps),
        per_kind=pairs,
        name=workshop.config.key.replace("/", " "),
        quotas=quotas(asked_for(workshop.config), counted(records)),
        swap_guard=real is not None and real.swap_guard,
        spent=spent(root),
        conflicts=conflicts_met(workshop, steps),
        heard=conflicts_heard(workshop, steps),
        **({} if real is None else {"subtract_from_db": real.separation.least_subtract_si_sdr_db}),
        fad_embedder=fad_embedder,
    )
    if as_json:
        print_json({name: str(path) for name, path in vars(written).items()})
        return
    for path in vars(written).values():
        typer.echo(path)


def verify(root: Root, as_json: AsJson = False) -> None:
    """Read all shards and prove every pair from its bytes; exit status 1 if one is not exact.

    Latents that `encode` made are read, too.
    """
    from .latents.proving import prove_latents
    from .proof import proven
    from .rebuilding import prove

    pairs, latents = list(prove(root)), list(prove_latents(root))
    wrong = [proof for proof in (*pairs, *latents) if proof.fault is not None]
    if as_json:
        found = [{"shard": p.name, "id": p.id, "fault": p.fault} for p in wrong]
        counts = {"pairs": sum(bool(p.id) for p in pairs)}
        print_json({**counts, "latents": sum(bool(p.id) for p in latents), "wrong": found})
    else:
        for proof in wrong:
            typer.echo(f"{proof.name}  {proof.id}  {proof.fault}")
        typer.echo(f"{proven(pairs)} pairs are proven")
        if latents:
            typer.echo(f"The latents of {proven(latents)} pairs are whole")
    if wrong:
        raise typer.Exit(1)


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


def inspect(
    context: typer.Context,
    root: Root,
    id_: Id,
    page: Annotated[
        bool, typer.Option(help="Write a page with pictures and players below reports/pairs.")
    ] = True,
) -> None:
    """Print all that is known of a pair, and the whole way it came; write a page to look at it."""
    from .looking_up import find_record, history
    from .report.one_pair import write_pair_page

    workshop, steps = reopen(context, root)
    record = find_record(workshop, steps, id_)
    way = history(workshop, steps, record)
    with stopping():
        told = write_pair_page(record, way, workshop.blobs, workshop.root) if page else None
    print_json(
        {
            "record": record.model_dump(mode="json", exclude_none=True),
            "source": str(workshop.blobs.path(record.source.sha256)),
            "target": str(workshop.blobs.path(record.target.sha256)),
            "history": way,
            **({} if told is None else {"page": str(told)}),
        }
    )


def redo(context: typer.Context, root: Root, id_: Id) -> None:
    """Render a pair again from its record and compare; exit status 1 if a bit differs.

    A file of it that is missing or damaged is put back.
    """
    from .looking_up import find_record
    from .rebuilding import rebuild

    workshop, steps = reopen(context, root)
    rebuilt = rebuild(find_record(workshop, steps, id_), workshop)
    told = {True: "the same bytes", False: "other bytes"}
    typer.echo(f"source: {told[rebuilt.source]}; target: {told[rebuilt.target]}")
    if not rebuilt.same:
        raise typer.Exit(1)


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


def listen(
    context: typer.Context,
    root: Root,
    n: Annotated[int, typer.Option("--n", min=1, help="Pairs to judge.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws pairs and order.")] = 0,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option("--split", help="Pairs of this split alone."),
    ] = None,
) -> None:
    """Write a page of blind yes-or-no questions about pairs; raters save what they say."""
    from .listening.making import make_listening
    from .packing.collect import finished
    from .packing.selection import select

    workshop, steps = reopen(context, root)
    every = select(workshop, finished(workshop, steps)).records
    records = [record for record in every if split in {None, record.split}]
    if every and not records:
        found = ", ".join(sorted({record.split for record in every}))
        raise DataError(f"No finished pair of {root} is of the split '{split}'; of: {found}.")
    made = make_listening(workshop.root, records, n=n, seed=seed)
    foils = f"; {made.foils} of them play the same recording twice, to know who listens"
    typer.echo(f"{made.items} questions{foils if made.foils else ''}: {made.page}")


def judge(
    root: Root,
    ratings: Annotated[list[Path], typer.Argument(help="Files that the page saved.")],
    as_json: AsJson = False,
) -> None:
    """Tell what raters say of the pairs, with an interval, beside the paper's 83 %.

    Raters are people. A model that judges separations is a provider: `real.judge`.
    """
    from .listening.agreement import judge as judged

    found = judged(root / "reports" / "listening" / "key.json", ratings)
    rows = [
        {"pairs": name, "n": a.n, "accepted": a.accepted,
         "95 % interval": f"{a.interval[0]:.1%} … {a.interval[1]:.1%}"}
        for name, a in (("all", found.overall), *found.by_task.items())
    ]  # fmt: skip
    if as_json:
        print_json({"verdicts": rows, "left_out": found.left_out, "paper": found.paper})
        return
    print_table(("pairs", "n", "accepted", "95 % interval"), rows)
    typer.echo(f"paper: {found.paper:.0%}; raters left out: {', '.join(found.left_out) or 'none'}")


def calibrate(
    context: typer.Context,
    root: Root,
    verdicts: Annotated[
        Path | None,
        typer.Option("--verdicts", help='JSON lines {"id": …, "good": true}, by two people.'),
    ] = None,
    precision: Annotated[
        float, typer.Option("--precision", min=0, max=1, help="Least share of good ones kept.")
    ] = 0.83,
    sample: Annotated[
        int | None,
        typer.Option(
            "--sample", min=1, help="Print so many lines to judge, with the files to hear."
        ),
    ] = None,
) -> None:
    """Choose the thresholds of the real branch's CLAP filter from people's verdicts."""
    from .real.calibration import calibrate as calibrated
    from .real.calibration import lines_to_judge

    if (verdicts is None) == (sample is None):
        raise typer.BadParameter("Give --verdicts to choose thresholds, or --sample to begin.")
    workshop, _ = reopen(context, root)
    if sample is not None:
        for line in lines_to_judge(workshop, sample):
            typer.echo(json.dumps(line, ensure_ascii=False))
    elif verdicts is not None:
        found = calibrated(workshop, verdicts, precision=precision)
        print_json({**vars(found), "thresholds": found.thresholds.model_dump(mode="json")})
