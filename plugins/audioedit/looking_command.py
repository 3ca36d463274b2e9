"""The verbs of ``audio-omni audioedit`` that look at a data set, and prove it."""

from __future__ import annotations

from typing import Annotated

import typer

from ...core.cli.tables import print_json, print_table
from .command_parts import AsJson, Root, ending_with_3, print_funnel, reopen, stopping

Id = Annotated[str, typer.Argument(help="Id of a pair.", metavar="ID")]


def looking(app: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for verb in (status, report, verify, inspect, redo):
        app.command()(ending_with_3(verb))


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
