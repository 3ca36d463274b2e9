"""``audio-omni study``: a page for raters, and the scores of what they saved."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import counted, print_json

app = typer.Typer(no_args_is_help=True)


@app.command("make")
def make_command(
    *,
    system: Annotated[
        list[str],
        typer.Option("--system", metavar="NAME=DIR", help="A system's clips, named by their id."),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="Folder to write the study to.")
    ],
    reference: Annotated[
        Path | None,
        typer.Option(
            "--reference",
            metavar="DIR",
            help="True recordings of the same ids: each adds a hidden reference and a low anchor.",
        ),
    ] = None,
    prompts: Annotated[
        Path | None,
        typer.Option(
            "--prompts",
            metavar="FILE",
            help="What ids were made from: JSON lines of id and prompt (or caption, instruction, "
            "transcript), source_audio, video; or an object of texts. Without it: OVL only.",
        ),
    ] = None,
    raters: Annotated[int, typer.Option("--raters", min=1, help="How many people rate.")] = 20,
    samples: Annotated[
        int | None,
        typer.Option("--samples", min=1, help="Items to draw; left out: 20, or all of fewer."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option("--seed", min=0, help="Draws items and orders; left out: fresh, in the key."),
    ] = None,
    title: Annotated[
        str, typer.Option("--title", help="What raters read at the top.")
    ] = "Listening study",
    allow_missing: Annotated[
        bool,
        typer.Option("--allow-missing", help="Draw from the ids in common where some lack some."),
    ] = False,
    audio: Annotated[
        Literal["auto", "inside", "beside"],
        typer.Option("--audio", help="Clips inside the page, beside it, or inside up to 40 MiB."),
    ] = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print page, key, study, items, clips, scales, told.")
    ] = False,
) -> None:
    """Write a page on which people rate clips, offline, without knowing who made them.

    Every rater hears every item, with all systems of it together in random, balanced order.
    Send OUT/page to the raters; OUT/key.json tells who is who, and stays with you.
    """
    from .clip_folders import parse_systems
    from .making import make_study
    from .request import StudyRequest

    request = StudyRequest(
        systems=parse_systems(system),
        reference=reference,
        prompts=prompts,
        raters=raters,
        samples=samples,
        seed=seed,
        title=title,
        allow_missing=allow_missing,
        audio=audio,
    )
    made = make_study(request, output, _bar if sys.stderr.isatty() else None)
    for note in made.told:
        typer.secho(f"note: {note}", fg="yellow", err=True)
    items, clips = len(made.key.items), len(made.key.clips)
    if as_json:
        report = {"page": str(made.page), "key": str(made.key_path), "study": made.key.study}
        counts = {"items": items, "clips": clips, "scales": list(made.key.scales)}
        print_json({**report, **counts, "told": list(made.told)})
        return
    size = f"{counted(items, 'item')}, {counted(clips, 'clip')}"
    typer.echo(f"page   {made.page}  {size}, {' and '.join(made.key.scales)}")
    typer.echo(f"key    {made.key_path}  keep it to yourself")
    typer.echo(f"raters 1 to {raters}; a link ending in ?rater={raters} chooses number {raters}")


def _bar(done: int, total: int) -> None:
    typer.echo(f"\r{done} of {total} items", nl=done == total, err=True)


@app.command("score")
def score_command(
    key: Annotated[Path, typer.Argument(help="key.json of the study, or its folder.")],
    ratings: Annotated[
        list[Path],
        typer.Argument(help="What raters saved, one file each, or a folder of them."),
    ],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Draws the bootstrap.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print study, items, raters, scales, told.")
    ] = False,
) -> None:
    """Score ratings: means, paired differences, agreement, and raters who are outliers.

    Intervals are 95 % and resample raters and items (2000 draws). Raters who rate the low anchor
    above the hidden reference on more than 15 % of the items are left out, and counted.
    """
    from .key import load_key
    from .report import print_scores
    from .responses import load_responses, rating_files
    from .scoring import score_study

    known = load_key(key)
    responses = load_responses(rating_files(ratings), known)
    scores = score_study(known, responses, seed=seed)
    told = []
    if len(responses) < known.raters:
        told.append(f"{len(responses)} of {known.raters} raters have answered")
    for note in told:
        typer.secho(f"note: {note}", fg="yellow", err=True)
    if as_json:
        print_json({**scores.to_dict(), "told": told})
        return
    print_scores(scores)
