"""``audio-omni bench``: measure generation, training, solvers and scores."""

from __future__ import annotations

import typer

from .generate_command import generate
from .metrics_command import metrics
from .solvers_command import solvers
from .train_command import train

app = typer.Typer(no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure how fast a model generates and learns, and how exact its solvers are."""


for verb in (generate, train, solvers, metrics):
    app.command()(verb)
