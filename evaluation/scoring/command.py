"""``audio-omni score``: measure files, or compare two scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ...core.cli.main import catalog_opener
from ...core.cli.tables import print_json, print_table
from ...core.config import parse_config
from ...core.data.cache_folder import HEARD_GB, heard_folder
from ...core.errors import ConfigError
from ..options import MetricOptions, Metrics

if TYPE_CHECKING:
    from .config import ScoreOptions
    from .report import ScoreReport

SETS = "a folder (id: path without suffix) or a manifest (.jsonl, .csv: id, path, caption, …)"
DIFFERENCES = ("metric", "first", "second", "difference", "95 % interval", "n", "unit", "better")


def command(
    *,
    context: typer.Context,
    metric: Metrics = None,
    generated: Annotated[
        Path | None, typer.Option("--generated", help=f"Clips to measure: {SETS}.", metavar="SET")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option("--reference", help="References, likewise.", metavar="SET")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            "--pairs",
            help="Table (.csv, .jsonl) of generated, reference, and perhaps id, caption; left "
            "out: pairs have equal ids.",
            metavar="FILE",
        ),
    ] = None,
    captions: Annotated[
        Path | None,
        typer.Option("--captions", help="Table of id, caption, ….", metavar="FILE"),
    ] = None,
    videos: Annotated[
        Path | None,
        typer.Option(
            "--videos",
            help="Videos that clips were made for, by equal ids: a folder, or a table of id, "
            "path; left out: what tables name, or references that are videos.",
            metavar="SET",
        ),
    ] = None,
    option: MetricOptions = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for score.json, score.md and score.html, a page to listen to.",
            metavar="DIR",
        ),
    ] = None,
    channels: Annotated[
        Literal["mean", "first", "as_is"],
        typer.Option("--channels", help="How several channels become one."),
    ] = "mean",
    sample_rate: Annotated[
        int | None,
        typer.Option("--sample-rate", help="Rate of all clips in Hz; left out: each its own."),
    ] = None,
    durations: Annotated[
        Literal["refuse", "shorter", "as_is"],
        typer.Option("--durations", help="Pairs of unlike duration; shorter cuts both."),
    ] = "refuse",
    cut: Annotated[
        float | None, typer.Option("--cut", help="Cut longer clips at so many seconds.")
    ] = None,
    level: Annotated[
        Literal["as_is", "peak"],
        typer.Option("--level", help="Level of clips; peak scales each to -1 dBFS."),
    ] = "as_is",
    candidates: Annotated[
        int,
        typer.Option(
            "--candidates", min=1, help="Clips made for each row, if the best was chosen; told."
        ),
    ] = 1,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Measure the pairs that there are, and say so.")
    ] = False,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", help="Leave out broken files, counted.")
    ] = False,
    skip_unmeasurable: Annotated[
        bool,
        typer.Option("--skip-unmeasurable", help="Leave out rows that a metric refuses, counted."),
    ] = False,
    processes: Annotated[
        int, typer.Option("--processes", min=1, help="Processes that share the clips.")
    ] = 1,
    cache: Annotated[
        Path | None,
        typer.Option(
            "--cache",
            help="Folder of what was heard and measured; left out: beside the feature cache.",
            metavar="DIR",
        ),
    ] = None,
    cache_gb: Annotated[
        float,
        typer.Option(
            "--cache-gb", min=0.0, help="What it may hold, in GB; what was unused longest goes."
        ),
    ] = HEARD_GB,
    track: Annotated[
        bool, typer.Option("--track", help="Tell observers (MLflow) of the score; needs -o.")
    ] = False,
    compared: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", help="Compare two scores instead.", metavar="A.json B.json"),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print request, versions, sets, pairing, applied, results, refused, left_out, "
            "undefined, clips, flags, notes, made; of --compare: a list of differences.",
        ),
    ] = False,
) -> None:
    """Measure clips of any system; what was computed is kept, so run it again to go on.

    Exit status 1 if a metric has no value.
    """
    if compared is not None:
        _compare(*compared, as_json=as_json)
        return
    if generated is None:
        raise typer.BadParameter("Name the clips to measure: --generated SET.")
    if track and output is None:
        raise typer.BadParameter("--track needs a folder to keep what is told: -o DIR.")
    from .config import ScoreOptions
    from .measures import parse_options, split_names

    values = {
        "metrics": split_names(metric or []),
        "options": parse_options(option or []),
        "generated": generated,
        "reference": reference,
        "pairs": pairs,
        "captions": captions,
        "videos": videos,
        "policies": {
            "channels": channels,
            "sample_rate_hz": sample_rate,
            "durations": durations,
            "cut_seconds": cut,
            "level": level,
        },
        "candidates": candidates,
        "allow_missing": allow_missing,
        "skip_unreadable": skip_unreadable,
        "skip_unmeasurable": skip_unmeasurable,
    }
    options = parse_config(ScoreOptions, values, where="Options of score")
    report = _score(context, options, output, cache, {"processes": processes, "cache_gb": cache_gb})
    if track and output is not None:
        from .tracking import track_score

        track_score(report, output, context.obj)
    if as_json:
        print_json(report.to_dict())
    else:
        _print(report, output)
    if report.refused:
        raise typer.Exit(1)


def _score(
    context: typer.Context,
    options: ScoreOptions,
    output: Path | None,
    cache: Path | None,
    how: dict[str, Any],
) -> ScoreReport:
    from .folder import claim, write_report
    from .page import page_html
    from .progress import ScoreProgress
    from .scoring import score
    from .sides import request_of

    for name in options.metrics:  # before a folder is made for it
        context.obj.metrics.get(name)
    if output is not None:
        claim(output, request_of(options))
    kept = cache or heard_folder()
    with ScoreProgress() as progress:
        scored = score(options, catalog_opener(context), kept, **how, on_progress=progress)
    if output is not None:
        write_report(output, scored.report, page_html(*scored))
    return scored.report


def _print(report: ScoreReport, output: Path | None) -> None:
    from .markdown import COLUMNS, beside, table_rows

    print_table(COLUMNS, table_rows(report))
    for line in beside(report.results):
        typer.echo(line)
    for name, reason in report.refused.items():
        typer.secho(f"{name} has no value. {reason}", fg="yellow", err=True)
    for note in report.notes:
        typer.secho(f"note: {note}", fg="yellow", err=True)
    if output is not None:
        typer.echo(f"page  {output / 'score.html'}")


def _compare(first: Path, second: Path, *, as_json: bool) -> None:
    from .compare import compare
    from .markdown import number
    from .report import read_report

    if first.resolve() == second.resolve():
        raise ConfigError(f"--compare got {first} twice; expected two scores.")
    found = compare(read_report(first), read_report(second))
    if as_json:
        print_json([difference.to_dict() for difference in found])
        return
    rows = [
        {
            "metric": one.metric,
            "first": number(one.first),
            "second": number(one.second),
            "difference": f"{one.difference:+.4g}",
            "95 % interval": " … ".join(f"{end:+.4g}" for end in one.interval or ()),
            "n": one.n,
            "unit": one.unit,
            "better": one.better,
        }
        for one in found
    ]
    print_table(DIFFERENCES, rows)
