"""``audio-omni bench solvers``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.cli.options import Device
from ...core.cli.tables import print_json, print_table
from ...core.config import parse_config

if TYPE_CHECKING:
    from .solvers import SolverReport


def solvers(
    *,
    context: typer.Context,
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of a run or checkpoint.", metavar="RUN")
    ] = None,
    goldens: Annotated[
        Path | None, typer.Option("--goldens", help="Folder of the goldens.", metavar="DIR")
    ] = None,
    evaluations: Annotated[
        str, typer.Option("--evaluations", help="Network evaluations per clip, by commas.")
    ] = "10,20,30,50,100",
    clips: Annotated[int, typer.Option("--clips", help="Clips; of a run: for each task.")] = 4,
    reference_steps: Annotated[
        int, typer.Option("--reference-steps", help="Steps that stand for the exact solution.")
    ] = 1000,
    guidance_scale: Annotated[
        float | None,
        typer.Option("--guidance-scale", help="Left out: the run's; 6 with the goldens."),
    ] = None,
    device: Device = "auto",
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print measured_on, clips, guidance_scale, reference, rows (solver, evaluations, "
            "steps, error).",
        ),
    ] = False,
) -> None:
    """Compare solvers at equal cost, by the relative RMS error of their latents."""
    from .solvers import SolverOptions, measure_solvers

    values = {
        "model": model,
        "goldens": goldens,
        "evaluations": tuple(part.strip() for part in evaluations.split(",") if part.strip()),
        "clips": clips,
        "reference_steps": reference_steps,
        "guidance_scale": guidance_scale,
        "device": device,
    }
    given = {name: value for name, value in values.items() if value is not None}
    options = parse_config(SolverOptions, given, where="Options of bench solvers")
    report = measure_solvers(options, context.obj, lambda what: typer.echo(what, err=True))
    if as_json:
        print_json(report.to_dict())
    else:
        _print_solvers(report)


def _print_solvers(report: SolverReport) -> None:
    typer.echo(
        f"{report.measured_on}: {report.clips} clips, guidance {report.guidance_scale:g}; relative "
        f"RMS error against {report.reference}"
    )
    counts = list(dict.fromkeys(row.evaluations for row in report.rows))
    by_solver: dict[str, dict[str, str | None]] = {}
    for row in report.rows:
        cells = by_solver.setdefault(row.solver, {"solver": row.solver})
        cells[str(row.evaluations)] = None if row.error is None else f"{row.error:.2e}"
    print_table(("solver", *map(str, counts)), list(by_solver.values()))
    best = ", ".join(f"{count}: {name}" for count, name in report.best().items())
    typer.echo(f"best  {best}")
