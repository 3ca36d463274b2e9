"""Options that commands of measuring share, so that they read alike everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Metrics = Annotated[
    list[str] | None,
    typer.Option("--metric", help="Metrics, by commas or one by one.", metavar="NAME,…"),
]
MetricOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option", help="Option of a metric: lsd.floor_dbfs=-80.", metavar="METRIC.KEY=VALUE"
    ),
]
FirstSeed = Annotated[int, typer.Option("--seed", min=0, help="Of the first row.")]
Listeners = Annotated[
    int, typer.Option("--processes", min=1, help="Processes that share the listening.")
]
