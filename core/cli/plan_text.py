"""A plan as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .tables import print_table

if TYPE_CHECKING:
    from ..planning.plan import Plan

GIB, GB = 2**30, 1e9
MEMORY_PARTS = {
    "weights": "trained weights, float32",
    "gradients": "gradients",
    "optimizer": "AdamW's two moments",
    "average": "average (EMA)",
    "frozen": "frozen weights",
    "copies": "copies for matrix products",
    "activations": "activations",
}


def print_plan(plan: Plan) -> None:
    """Print parameters, memory, operations, time, storage, and what they rest on."""
    typer.echo(
        f"{plan.recipe}: {plan.steps:,} steps of {plan.batch:,} examples on {_gpus(plan)}; "
        f"passes of {plan.micro_batch}, {plan.accumulate} a step"
    )
    _print_parameters(plan)
    _print_memory(plan)
    _print_operations(plan)
    _print_storage(plan)
    typer.echo("\nAssumed")
    for assumption in plan.assumptions:
        typer.echo(f"- {assumption}")


def verdict(plan: Plan) -> str:
    """Return whether a plan fits, in one sentence."""
    peak, available = plan.memory.peak / GIB, plan.memory.available / GIB
    word = "fits" if plan.memory.fits else "does not fit"
    each = "each of " if plan.options.gpus > 1 else ""
    return (
        f"{word}: takes {peak:.1f} GiB, and {available:.1f} GiB may be taken on {each}{_gpus(plan)}"
    )


def summary(plan: Plan) -> list[str]:
    """Return a plan in a few lines."""
    data = plan.storage.encoded
    lines = [
        f"{plan.trainable:,} parameters trained, {plan.frozen:,} frozen",
        verdict(plan),
        f"{plan.flop_per_step:.3g} operations per step; {_days(plan.days)} for "
        f"{plan.steps:,} steps",
        f"checkpoints {plan.storage.checkpoints / GB:,.3g} GB"
        + ("" if data is None else f", latents and features {data / GB:,.3g} GB"),
    ]
    return lines


def _gpus(plan: Plan) -> str:
    count, memory = plan.options.gpus, plan.options.gpu_memory_gib
    return f"{count} GPU{'s' if count > 1 else ''} of {memory:g} GiB"


def _print_parameters(plan: Plan) -> None:
    typer.echo("\nParameters")
    rows = [
        {"part": part.name, "trained": f"{part.trainable:,}", "frozen": f"{part.frozen:,}"}
        for part in plan.parts
    ]
    rows.append({"part": "all", "trained": f"{plan.trainable:,}", "frozen": f"{plan.frozen:,}"})
    print_table(("part", "trained", "frozen"), rows)


def _print_memory(plan: Plan) -> None:
    memory = plan.memory
    typer.echo("\nMemory of a GPU")
    rows = [
        {"part": label, "GiB": f"{getattr(memory, name) / GIB:.2f}"}
        for name, label in MEMORY_PARTS.items()
    ]
    rows.append({"part": "or, before: codec at work", "GiB": _gib(memory.encoding)})
    rows.append({"part": "or, after: optimiser's step", "GiB": _gib(memory.step)})
    rows.append({"part": "most at a time", "GiB": _gib(memory.peak)})
    print_table(("part", "GiB"), rows)
    typer.echo(verdict(plan))
    if memory.fits:
        return
    typer.echo("it would fit with" if plan.advice else "no machine of such GPUs was found to do")
    for advice in plan.advice:
        typer.echo(f"  {advice}  ({advice.peak / GIB:.1f} GiB)")


def _print_operations(plan: Plan) -> None:
    typer.echo("\nOperations")
    rows = [
        {"for": name, "10^12 per example": f"{value / 1e12:.3g}"}
        for name, value in plan.flop.items()
    ]
    print_table(("for", "10^12 per example"), rows)
    typer.echo(
        f"{plan.flop_per_step:.3g} operations per step; {_days(plan.days)} for {plan.steps:,} steps"
    )


def _print_storage(plan: Plan) -> None:
    storage = plan.storage
    typer.echo("\nStorage")
    rows = [
        {
            "of": "a clip, 16-bit PCM",
            "MB": f"{storage.clip / 1e6:.3f}",
            "all, GB": _gb(storage.clips),
        },
        {
            "of": "its latent and features, float32",
            "MB": f"{(storage.latent + storage.features) / 1e6:.3f}",
            "all, GB": _gb(storage.encoded),
        },
        {
            "of": f"a checkpoint; {storage.kept} while one is written",
            "MB": f"{storage.checkpoint / 1e6:.3f}",
            "all, GB": _gb(storage.checkpoints),
        },
    ]
    print_table(("of", "MB", "all, GB"), rows)


def _gib(value: float) -> str:
    return f"{value / GIB:.2f}"


def _gb(value: float | None) -> str | None:
    return None if value is None else f"{value / GB:,.1f}"


def _days(days: float) -> str:
    if days >= 1:
        return f"{days:,.1f} days"
    return f"{days * 24:.1f} hours" if days * 24 >= 1 else f"{days * 24 * 60:.1f} minutes"
