"""``audio-omni train RECIPE --dry-run`` as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .plan_text import summary
from .tables import print_table

if TYPE_CHECKING:
    from ..planning.dry_run import DryRun
    from ..planning.readiness import Need

COLUMNS = ("kind", "name", "detail")


def print_dry_run(found: DryRun) -> None:
    """Print what is here, what is missing and how to get it, and what the run would cost."""
    missing = [need for need in found.needs if need.is_missing]
    here = [need for need in found.needs if not need.is_missing]
    if here:
        typer.echo(f"here: {len(here)}")
        print_table(COLUMNS, _rows(here))
    if missing:
        typer.echo(f"{chr(10) if here else ''}missing: {len(missing)}")
        print_table(COLUMNS, _rows(missing))
        typer.echo("\nhow to get it")
        for advice, names in _by_advice(missing).items():
            typer.echo(f"- {', '.join(names)}: {advice}")
    typer.echo(f"\ncost. {found.note}")
    if found.plan is not None:
        for line in summary(found.plan):
            typer.echo(f"- {line}")
        typer.echo(f"- in full, and for other machines: audio-omni plan {found.recipe} --gpus N")
    count = len(missing)
    typer.echo("\nready" if found.is_ready else f"\nnot ready: {count} missing")


def _rows(needs: list[Need]) -> list[dict[str, str]]:
    return [{column: getattr(need, column) for column in COLUMNS} for need in needs]


def _by_advice(needs: list[Need]) -> dict[str, list[str]]:
    """Return which kinds and names each advice is for; sources are many, so their kind does."""
    grouped: dict[str, list[str]] = {}
    for need in needs:
        name = "sources" if need.kind == "source" else need.name
        names = grouped.setdefault(str(need.advice), [])
        if name not in names:
            names.append(name)
    return grouped
