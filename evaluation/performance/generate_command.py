"""``audio-omni bench generate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ...core.cli.options import Device
from ...core.cli.tables import print_json, print_table
from ...core.config import parse_config
from .options import PeakTflops
from .printing import PROGRESS_LINES, mebibytes
from .shapes import SHAPES

if TYPE_CHECKING:
    from .report import GenerateReport

PATH_COLUMNS = ("path", "ms/step", "fastest ms", "s/clip", "GFLOP/step", "peak MiB", "utilisation")


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
    peak_tflops: PeakTflops = None,
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
