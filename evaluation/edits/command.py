"""``audio-omni edits``: ways to edit, trained and training-free, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
import yaml

from ...core.cli.main import catalog_opener
from ...core.cli.options import Device
from ...core.cli.tables import print_json
from ...core.errors import ConfigError
from ..benchmarks.method import OWN, parse_method
from ..options import FirstSeed, Listeners, MetricOptions, Metrics

if TYPE_CHECKING:
    from .running import Comparison

METHODS = (
    OWN, "sdedit", "ode_inversion", "edit_friendly_inversion", "flow_edit",
    "copy", "silence", "codec", "oracle",
)  # fmt: skip


def command(
    *,
    context: typer.Context,
    model: Annotated[Path, typer.Argument(help="Folder of a run, a checkpoint or an import.")],
    rows: Annotated[
        list[str],
        typer.Option(
            "--rows",
            help="Source of editing rows whose field 'task' says which edit; or TASK=URI, like "
            "remove=soundworld:remove; once for each.",
            metavar="URI",
        ),
    ],
    source_option: Annotated[
        list[str] | None,
        typer.Option(
            "--source-option",
            help="Option of every source: 'field_map={audio: target, source_audio: source}'.",
            metavar="KEY=VALUE",
        ),
    ] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Take the rows that sources hold out.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Most rows of each kind of edit.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            help="Task that does it, with settings: sdedit,t_start=0.55; 'own' is the kind of edit "
            "itself; once for each. Left out: own, four training-free ones, four controls.",
            metavar="TASK,…",
        ),
    ] = None,
    sweep: Annotated[
        bool,
        typer.Option(
            "--sweep",
            help="Measure a grid of starts and scales of SDEdit and edit-friendly inversion in "
            "place of --method, and tell which to use; take rows that are tested on nowhere.",
        ),
    ] = False,
    external: Annotated[
        list[str] | None,
        typer.Option(
            "--external",
            help="Files of another system, named by the ids of rows; once for each.",
            metavar="NAME=DIR",
        ),
    ] = None,
    text: Annotated[
        Literal["captions", "instruction"],
        typer.Option("--text", help="What tells training-free methods the result."),
    ] = "captions",
    metric: Metrics = None,
    option: MetricOptions = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of rows, clips and numbers.")
    ] = Path("runs/edits"),
    seed: FirstSeed = 0,
    processes: Listeners = 1,
    device: Device = "auto",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print tasks, rows (method, column, number), notes.")
    ] = False,
) -> None:
    """Let one model edit rows in every way, measure it, and write one table with controls.

    Without --metric all metrics of the table are measured. Stopped half-way, the same command
    goes on.
    """  # fmt: skip
    from ..scoring.measures import parse_options, split_names
    from .measures import measured_by_default
    from .rows import parse_rows
    from .running import Comparison
    from .sweep import sweep_methods

    if sweep and method:
        raise ConfigError("--sweep has methods of its own; expected it without --method.")
    options = _pairs(source_option, "--source-option")
    chosen = sweep_methods() if sweep else method or METHODS
    others = {name: Path(folder) for name, folder in _pairs(external, "--external").items()}
    wanted = Comparison(
        rows=[parse_rows(one, options) for one in rows],
        methods=[parse_method(one) for one in chosen],
        sweep=sweep,
        external=others,
        metrics=split_names(metric) if metric else measured_by_default(others),
        options=parse_options(option or []),
        limit=limit,
        held_out=held_out,
        text=text,
    )
    for one in wanted.methods:
        if one.task is not None:
            context.obj.tasks.get(one.task)
    table = _compare(context, model, wanted, output, (seed, processes, device))
    if as_json:
        print_json(table.to_dict())
    else:
        from .table import markdown

        typer.echo(markdown(table))


def _compare(
    context: typer.Context,
    model: Path,
    wanted: Comparison,
    output: Path,
    how: tuple[int, int, str],
) -> Any:
    from rich.console import Console

    from ...core.data.cache_folder import default_cache_folder
    from ...core.training.restore import restore_model
    from ..benchmarks.listening import Listening
    from ..benchmarks.running import Run
    from .running import compare_edits

    seed, processes, device = how
    console = Console(stderr=True)
    cache = default_cache_folder().with_name("heard")
    run = Run(output=output, limit=None, seed=seed, listening=Listening(cache, processes))
    return compare_edits(
        wanted,
        restore_model(model, context.obj, device),
        run,
        open_catalog=catalog_opener(context),
        told=lambda done, of: console.print(f"  made {done} of {of}"),
    )


def _pairs(texts: list[str] | None, flag: str) -> dict[str, Any]:
    """Return ``KEY=VALUE`` texts as values, which are read as YAML."""
    found = {}
    for text in texts or ():
        key, equals, value = text.partition("=")
        if not key or not equals or not value:
            raise ConfigError(
                f"{flag} {text}: expected {'NAME=DIR' if 'ext' in flag else 'KEY=VALUE'}."
            )
        found[key] = yaml.safe_load(value)
    return found
