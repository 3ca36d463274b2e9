"""``audio-omni bench metrics``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...core.cli.tables import print_json, print_table
from ...core.config import parse_config
from ..options import MetricOptions
from .printing import PROGRESS_LINES, mebibytes

if TYPE_CHECKING:
    from .metrics_report import MetricsReport


def metrics(
    *,
    context: typer.Context,
    metric: Annotated[
        str, typer.Option("--metric", help="Metrics, by commas.")
    ] = "lsd,si_sdr,log_mel_distance",
    option: MetricOptions = None,
    clips: Annotated[int, typer.Option("--clips", help="Pairs of clips.")] = 1000,
    seconds: Annotated[float, typer.Option("--seconds", help="Length of a clip.")] = 10.0,
    sample_rate: Annotated[int, typer.Option("--sample-rate", help="Of the files, in Hz.")] = 16000,
    processes: Annotated[int, typer.Option("--processes", help="Of the third run.")] = 2,
    vectors: Annotated[
        int,
        typer.Option(
            "--vectors", help="Of each of two sets whose Fréchet distance is timed; 0: none."
        ),
    ] = 100_000,
    width: Annotated[int, typer.Option("--width", help="Of such a vector.")] = 2048,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print metrics, clips, clip_seconds, sample_rate_hz, costs (what, seconds, "
            "cpu_seconds, clips_per_s, peak_memory_bytes, computed), known_share, speedup, "
            "cpu_ratio, is_equal, statistics (vectors, width, gather_seconds, distance_seconds, "
            "peak_memory_bytes).",
        ),
    ] = False,
) -> None:
    """Score rendered clips: with nothing known, again, and by several processes.

    Memory is the greatest resident set of any one process. Last, statistics of many embeddings.
    """
    from ...core.cli.main import catalog_opener
    from ..scoring.measures import parse_options, split_names
    from .metrics import MetricsOptions, measure_metrics

    values = {
        "metrics": split_names([metric]),
        "options": parse_options(option or []),
        "clips": clips,
        "clip_seconds": seconds,
        "sample_rate_hz": sample_rate,
        "processes": processes,
        "vectors": vectors,
        "width": width,
    }
    options = parse_config(MetricsOptions, values, where="Options of bench metrics")

    def on_clip(done: int, total: int) -> None:
        if done * PROGRESS_LINES // total != (done - 1) * PROGRESS_LINES // total:
            typer.echo(f"rendered {done} of {total} clips", err=True)

    report = measure_metrics(options, catalog_opener(context), on_clip)
    if as_json:
        print_json(report.to_dict())
    else:
        print_metrics(report)


def print_metrics(report: MetricsReport) -> None:
    """Print what `bench metrics` found as a table."""
    typer.echo(
        f"{', '.join(report.metrics)}: {report.clips} pairs of {report.clip_seconds:g} s at "
        f"{report.sample_rate_hz} Hz"
    )
    rows = [
        {
            "score": cost.what,
            "seconds": f"{cost.seconds:.2f}",
            "CPU s": f"{cost.cpu_seconds:.2f}",
            "clips/s": f"{cost.clips_per_s:.1f}",
            "peak MiB": mebibytes(cost.peak_memory_bytes),
        }
        for cost in report.costs
    ]
    print_table(("score", "seconds", "CPU s", "clips/s", "peak MiB"), rows)
    equal = "equal to the last bit" if report.is_equal else "NOT equal"
    typer.echo(
        f"again {report.known_share:.1%} of the first, speed-up {report.speedup:.2f} "
        f"for {report.cpu_ratio:.2f} times the processor time, "
        f"values {equal}"
    )
    found = report.statistics
    if found is not None:
        typer.echo(
            f"two sets of {found.vectors} vectors of {found.width}: gathered in "
            f"{found.gather_seconds:.1f} s, their distance in {found.distance_seconds:.1f} s, peak "
            f"{mebibytes(found.peak_memory_bytes) or '?'} MiB"
        )
