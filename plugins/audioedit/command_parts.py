"""What the verbs of ``audio-omni audioedit`` share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...core.cli.tables import print_table

if TYPE_CHECKING:
    from .stages.pipeline import Step
    from .stages.workshop import Workshop

Root = Annotated[Path, typer.Argument(help="Folder of the data set.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a field: synthesis.scenes=100.", metavar="KEY=VALUE"),
]
PROFILES = "smoke, mini, paper, paper-1pct, paper-real, clean-licence, or a YAML file"
CommercialOnly = Annotated[
    bool, typer.Option("--commercial-only", help="Only pairs that commercial use is open to.")
]
Licences = Annotated[
    list[str] | None,
    typer.Option(
        "--licence",
        help="Only pairs all of whose recordings are under it, or another one named so.",
        metavar="NAME",
    ),
]
COLUMNS = (
    "stage", "in", "kept", "made", "rejected", "failed", "open", "waiting",
    "per_process_second", "process_seconds_left",
)  # fmt: skip


def reopen(context: typer.Context, root: Path) -> tuple[Workshop, list[Step]]:
    """Return the workshop and the stages of a folder that was begun."""
    from .workspace import reopen_workshop

    return reopen_workshop(root, context.obj)


def restrict(workshop: Workshop, commercial_only: bool, licences: Sequence[str] | None) -> None:
    """Let a workshop select only what may be used as asked, beside what its configuration says."""
    given = {"commercial_only": True} if commercial_only else {}
    asked = {**given, **({"licences": tuple(licences)} if licences else {})}
    packing = workshop.config.pack.model_copy(update=asked)
    workshop.config = workshop.config.model_copy(update={"pack": packing})


def said_of(left_out: Mapping[str, int]) -> str:
    """Return how many pairs were left out, by reason; an empty text for none."""
    told = ", ".join(f"{n} {reason}" for reason, n in sorted(left_out.items()))
    return f" (left out: {told})" if told else ""


@contextmanager
def stopping() -> Iterator[None]:
    """Turn an early end into exit status 3; its reason goes to stderr."""
    from .stages.stopping import EXIT_CODE, StopRun

    try:
        yield
    except StopRun as stop:
        typer.secho(f"stopped: {stop}", fg="yellow", err=True)
        raise typer.Exit(EXIT_CODE) from None


def print_funnel(lines: Sequence[Mapping[str, Any]]) -> None:
    """Print the funnel as a table; reasons of rejection stand in their cell."""
    rows = []
    for line in lines:
        rejected: Mapping[str, int] = line["rejected"]
        said = ", ".join(f"{reason} {n}" for reason, n in rejected.items()) or "0"
        rows.append({**line, "rejected": said, "open": line["open_parts"] or None})
    print_table(COLUMNS, rows)


def ending_with_3(verb: Callable[..., None]) -> Callable[..., None]:
    """Return a verb that ends with status 3 where the disk is full."""

    @wraps(verb)
    def stops(*arguments: Any, **options: Any) -> None:
        with stopping():
            verb(*arguments, **options)

    return stops
