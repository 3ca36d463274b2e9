"""``audio-omni plan RECIPE``: what a run will take, before it starts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..config import parse_config
from ..recipe import find_recipe, resolve_recipe
from .options import Overrides
from .tables import print_json

HELP = "Recipe file, or the name of a built-in recipe (paper, nano, …)."
KEYS = (
    "recipe, batch, micro_batch, accumulate, steps, options, parameters, memory, flop, days, "
    "storage, advice, assumptions"
)


def command(
    *,
    context: typer.Context,
    recipe: Annotated[str, typer.Argument(help=HELP, metavar="RECIPE")],
    gpus: Annotated[int, typer.Option("--gpus", help="GPUs in all.")] = 1,
    gpu_memory_gib: Annotated[
        float, typer.Option("--gpu-memory", help="Memory of each, in GiB.")
    ] = 80.0,
    sharding: Annotated[
        str | None,
        typer.Option(
            "--sharding",
            help="none (DDP) or full (FSDP2); left out: as the recipe trains.",
        ),
    ] = None,
    checkpointing: Annotated[
        bool | None,
        typer.Option(
            "--checkpointing/--no-checkpointing",
            help="Compute activations anew; left out: as the recipe trains.",
        ),
    ] = None,
    features: Annotated[
        str,
        typer.Option(
            "--features",
            help="computed: codec and frozen networks run in every step; cached: they ran before.",
        ),
    ] = "computed",
    micro_batch: Annotated[
        int | None,
        typer.Option(
            "--micro-batch",
            help="Examples of one pass of a GPU; left out: batch / GPUs / train.accumulate.",
        ),
    ] = None,
    precision: Annotated[
        str, typer.Option("--precision", help="bf16 or float32, of matrix products.")
    ] = "bf16",
    peak_tflops: Annotated[
        float,
        typer.Option("--peak-tflops", help="Peak of a GPU, in 10^12 operations per second."),
    ] = 312.0,
    utilisation: Annotated[
        float, typer.Option("--utilisation", help="Share of the peak that is reached.")
    ] = 0.4,
    examples_per_second: Annotated[
        float | None,
        typer.Option(
            "--examples-per-second", help="Measured on one GPU, in place of peak and utilisation."
        ),
    ] = None,
    reserve: Annotated[
        float, typer.Option("--reserve", help="Share of the memory that is left free.")
    ] = 0.1,
    prompt_tokens: Annotated[
        int, typer.Option("--prompt-tokens", help="Tokens of a prompt's text.")
    ] = 120,
    hours: Annotated[
        float | None,
        typer.Option("--hours", help="Hours of data; left out: counted, where the data is here."),
    ] = None,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help=f"Print {KEYS}.")] = False,
) -> None:
    """Count what a run will take: parameters, memory, operations, days, storage.

    Nothing is loaded, fetched or run, and no GPU is needed. Exit status 1 if the plan does not fit
    into the memory.
    """
    from ..planning.options import PlanOptions, as_trained
    from ..planning.plan import plan_run
    from ..planning.subject import subject_of
    from .plan_text import print_plan

    catalog = context.obj
    resolved = resolve_recipe(
        find_recipe(recipe, catalog.recipes), overrides or (), where=f"Recipe '{recipe}'"
    )
    values: dict[str, Any] = {
        "gpus": gpus,
        "gpu_memory_gib": gpu_memory_gib,
        "sharding": sharding,
        "checkpointing": checkpointing,
        "features": features,
        "micro_batch": micro_batch,
        "precision": precision,
        "peak_tflops": peak_tflops,
        "utilisation": utilisation,
        "examples_per_second": examples_per_second,
        "reserve": reserve,
        "prompt_tokens": prompt_tokens,
        "hours": hours,
    }
    given = {name: value for name, value in values.items() if value is not None}
    given = {**as_trained(resolved.train), **given}
    options = parse_config(PlanOptions, given, where="Options of plan")
    plan = plan_run(subject_of(resolved, catalog), options)
    if as_json:
        print_json(plan.to_dict())
    else:
        print_plan(plan)
    if not plan.memory.fits:
        raise typer.Exit(1)
