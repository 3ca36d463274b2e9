"""``audio-omni bench``: measure generation, training, solvers and scores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...core.cli.options import Device, Overrides
from ...core.cli.tables import print_json, print_table
from ...core.config import parse_config
from .metrics_command import metrics
from .printing import PROGRESS_LINES, mebibytes
from .shapes import SHAPES

if TYPE_CHECKING:
    from .report import GenerateReport
    from .solvers import SolverReport
    from .training_report import TrainingReport

app = typer.Typer(no_args_is_help=True)

PATH_COLUMNS = ("path", "ms/step", "fastest ms", "s/clip", "GFLOP/step", "peak MiB", "utilisation")


@app.callback()
def bench() -> None:
    """Measure how fast a model generates and learns, and how exact its solvers are."""


@app.command()
def generate(
    *,
    preset: Annotated[str, typer.Option("--preset", help=f"{', '.join(SHAPES)}.")],
    naive: Annotated[
        bool,
        typer.Option(
            "--naive", help="Also run what recomputes everything, as the release runs it, in turns."
        ),
    ] = False,
    steps: Annotated[int, typer.Option("--steps", help="Euler steps; all are taken.")] = 100,
    seed: Annotated[int, typer.Option("--seed", help="Weights, conditions and noise.")] = 0,
    device: Device = "auto",
    precision: Annotated[
        str, typer.Option("--precision", help="float32, bfloat16 or fp16_autocast.")
    ] = "float32",
    compiled: Annotated[bool, typer.Option("--compile", help="Compile the blocks.")] = False,
    cuda_graph: Annotated[
        bool, typer.Option("--cuda-graph", help="Capture the step; CUDA only.")
    ] = False,
    peak_tflops: Annotated[
        float | None,
        typer.Option("--peak-tflops", help="Peak of the device, to tell the utilisation."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print preset, steps, device, threads, execution, paths (path, step_seconds, "
            "step_seconds_min, prepare_seconds, clip_seconds, flop_per_step, peak_memory_bytes, "
            "utilisation), speedup, speedup_min, largest_difference.",
        ),
    ] = False,
) -> None:
    """Measure one generation with synthetic conditions: no weights and no language model needed."""
    from .generate import GenerateOptions, measure_generation

    execution = {"precision": precision, "compile": compiled, "cuda_graph": cuda_graph}
    values = {
        "preset": preset,
        "steps": steps,
        "seed": seed,
        "device": device,
        "naive": naive,
        "execution": execution,
        "peak_tflops": peak_tflops,
    }
    options = parse_config(GenerateOptions, values, where="Options of bench generate")

    def on_step(step: int) -> None:
        if step * PROGRESS_LINES // steps != (step - 1) * PROGRESS_LINES // steps:
            typer.echo(f"step {step} of {steps}", err=True)

    report = measure_generation(options, on_step)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_generation(report)


@app.command()
def train(
    *,
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(help="Recipe file or built-in name (nano, …).", metavar="RECIPE")
    ],
    steps: Annotated[int, typer.Option("--steps", help="Steps to measure.")] = 20,
    warmup: Annotated[int, typer.Option("--warmup", help="Steps before that, at least 2.")] = 3,
    overrides: Overrides = None,
    device: Device = "auto",
    peak_tflops: Annotated[
        float | None,
        typer.Option("--peak-tflops", help="Peak of the device, to tell the utilisation."),
    ] = None,
    processor_time: Annotated[
        bool,
        typer.Option(
            "--processor-time",
            help="Count the time of this process's threads: other programs do not lengthen it.",
        ),
    ] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print recipe, steps, device, threads, clock, batch_size, step_seconds, "
            "examples_per_s, frames_per_s, padding, seconds (by section), flop_per_step, "
            "utilisation, peak_memory_bytes, waiting.",
        ),
    ] = False,
) -> None:
    """Train a recipe for some steps, and tell where their time goes: data, networks, optimiser."""
    from ...core.recipe import find_recipe, resolve_recipe
    from .training import TrainingOptions, measure_training

    values = {
        "steps": steps,
        "warmup": warmup,
        "device": device,
        "peak_tflops": peak_tflops,
        "clock": "processor" if processor_time else "wall",
    }
    options = parse_config(TrainingOptions, values, where="Options of bench train")
    found = find_recipe(recipe, context.obj.recipes)
    resolved = resolve_recipe(found, overrides or (), where=f"Recipe '{recipe}'")

    def on_pool(done: int, total: int) -> None:
        if done * PROGRESS_LINES // total != (done - 1) * PROGRESS_LINES // total:
            typer.echo(f"rendered {done} of {total} rows", err=True)

    report = measure_training(resolved, context.obj, options, on_pool)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_training(report)


@app.command()
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


app.command()(metrics)


def _print_generation(report: GenerateReport) -> None:
    typer.echo(
        f"{report.preset}: {report.steps} steps on {report.device}, {report.threads} threads, "
        f"{report.execution['precision']}"
    )
    rows = [
        {
            "path": path.path,
            "ms/step": f"{path.step_seconds * 1e3:.2f}",
            "fastest ms": f"{path.step_seconds_min * 1e3:.2f}",
            "s/clip": f"{path.clip_seconds:.2f}",
            "GFLOP/step": f"{path.flop_per_step / 1e9:.2f}",
            "peak MiB": mebibytes(path.peak_memory_bytes),
            "utilisation": None if path.utilisation is None else f"{path.utilisation:.1%}",
        }
        for path in report.paths
    ]
    print_table(PATH_COLUMNS, rows)
    if report.speedup is not None:
        typer.echo(
            f"speed-up {report.speedup:.2f} (fastest steps: {report.speedup_min:.2f}), "
            f"largest difference {report.largest_difference:.1e}"
        )


def _print_training(report: TrainingReport) -> None:
    typer.echo(
        f"{report.recipe}: {report.steps} steps of {report.batch_size} on {report.device}, "
        f"{report.threads} threads{', processor time' if report.clock == 'processor' else ''}"
    )
    total = sum(report.seconds.values())
    rows = [
        {"section": name, "ms": f"{1e3 * seconds:.1f}", "share": f"{seconds / total:.1%}"}
        for name, seconds in sorted(report.seconds.items(), key=lambda item: -item[1])
    ]
    print_table(("section", "ms", "share"), rows)
    used = "" if report.utilisation is None else f", {report.utilisation:.1%} of the peak"
    typer.echo(
        f"{1e3 * report.step_seconds:.1f} ms/step, {report.examples_per_s:.1f} examples/s, "
        f"{report.frames_per_s:.0f} frames/s, {report.padding:.1%} padding, "
        f"{report.flop_per_step / 1e9:.2f} GFLOP/step{used}"
    )


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
