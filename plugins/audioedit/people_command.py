"""The verbs of ``audio-omni audioedit`` by which people judge pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import print_json, print_table
from ...core.errors import DataError
from .command_parts import AsJson, Root, ending_with_3, reopen


def judging(app: typer.Typer) -> None:
    """Add the verbs to the noun."""
    for verb in (listen, judge, calibrate):
        app.command()(ending_with_3(verb))


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
