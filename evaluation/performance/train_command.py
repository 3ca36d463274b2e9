"""``audio-omni bench train``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...core.cli.options import Device, Overrides
from ...core.cli.tables import print_json, print_table
from ...core.config import parse_config
from .options import PeakTflops
from .printing import PROGRESS_LINES

if TYPE_CHECKING:
    from .training_report import TrainingReport


def train(
    *,
    context: typer.Context,
    recipe: Annotated[
        str, typer.Argument(help="Recipe file or built-in name.", metavar="RECIPE")
    ] = "nano",
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            help="Train the recipe's mixture with a model of this size: micro, nano, base, …; its "
            "codec and conditioners are the preset's, refined by the recipe's.",
            metavar="NAME",
        ),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", help="Steps to measure.")] = 20,
    warmup: Annotated[int, typer.Option("--warmup", help="Steps before that, at least 2.")] = 3,
    overrides: Overrides = None,
    device: Device = "auto",
    peak_tflops: PeakTflops = None,
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
    sized = [] if preset is None else [f"model.preset={preset}"]
    resolved = resolve_recipe(found, [*sized, *(overrides or ())], where=f"Recipe '{recipe}'")

    def on_pool(done: int, total: int) -> None:
        if done * PROGRESS_LINES // total != (done - 1) * PROGRESS_LINES // total:
            typer.echo(f"rendered {done} of {total} rows", err=True)

    report = measure_training(resolved, context.obj, options, on_pool)
    if as_json:
        print_json(report.to_dict())
    else:
        _print_training(report)


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
