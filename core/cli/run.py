"""``audio-omni run TASK``: generate, edit or answer with a trained model.

One command per registered task; its flags are the fields of the task's request model.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any, Literal

import typer
from typer.core import TyperGroup

from ..catalog import Catalog
from ..errors import RequestError, UnknownNameError
from ..execution import ExecutionConfig
from ..payloads import TRANSCRIPT
from ..specs import TaskSpec
from .options import DEVICES, parse_adapters, where_files_are
from .request_flags import command_function, flag_parameters, keyword
from .run_text import run_text, text_parameters

SOURCE_FIELD = "source_audio"
"""Field of a request whose clip may be longer than the model's; speech is never cut."""


def build_app(catalog: Catalog) -> typer.Typer:
    """Return the ``run`` noun with one command for each task."""

    class TaskGroup(TyperGroup):
        """Answers an unknown task as the registry does: close matches, plugins that failed."""

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            """Return name, command and the other arguments."""
            try:
                if args and not args[0].startswith("-"):
                    catalog.tasks.get(args[0])
            except UnknownNameError as failure:
                ctx.fail(str(failure))
            return super().resolve_command(ctx, args)

    app = typer.Typer(
        cls=TaskGroup,
        no_args_is_help=True,
        subcommand_metavar="TASK [ARGS]...",
        epilog="Each task has its own flags: audio-omni run TASK --help",
    )
    for spec in catalog.tasks:
        app.command(spec.name, help=_help(spec))(_command(spec, catalog))
        for alias in spec.aliases:
            app.command(alias, help=_help(spec), hidden=True)(_command(spec, catalog))
    return app


def _help(spec: TaskSpec) -> str:
    aliases = f" Also called {', '.join(spec.aliases)}." if spec.aliases else ""
    return spec.summary + aliases


def _command(spec: TaskSpec, catalog: Catalog) -> Any:
    own = flag_parameters(spec.request)
    taken = {parameter.name for parameter in own}
    speaks = spec.output == "text"
    every = text_parameters() if speaks else _common_parameters(spec, catalog)
    if SOURCE_FIELD in spec.request.model_fields and TRANSCRIPT not in spec.fills:
        every.append(_long_source())
    common = [p for p in every if p.name not in taken]

    def body(**values: Any) -> None:
        request = {name: values.pop(name) for name in list(values) if name in taken}
        given = {name: value for name, value in request.items() if value is not None}
        (run_text if speaks else _run)(spec, catalog, given, **values)

    flags = sorted([*own, *common], key=lambda flag: flag.default.default is not ...)
    return command_function(flags, body, name=spec.name, doc=_help(spec))


def _common_parameters(spec: TaskSpec, catalog: Catalog) -> list[inspect.Parameter]:
    solvers = ", ".join(solver.name for solver in catalog.solvers)

    def default(field: str) -> str:
        return f"left out: {spec.sampling.get(field, 'as the recipe says')}."

    return [
        keyword("model", Path, typer.Option(..., "--model", help="Folder of a run or checkpoint.")),
        keyword(
            "output",
            Path,
            typer.Option(..., "--output", "-o", help="Clip to write: .flac, .wav, .ogg."),
        ),
        keyword(
            "seed",
            int | None,
            typer.Option(None, "--seed", help="Decides the noise, at least 0; left out: drawn."),
        ),
        keyword(
            "steps",
            int | None,
            typer.Option(None, "--steps", help=f"Solver steps, at least 1; {default('steps')}"),
        ),
        keyword(
            "solver",
            str | None,
            typer.Option(None, "--solver", help=f"{solvers}; {default('solver')}"),
        ),
        keyword(
            "guidance_scale",
            float | None,
            typer.Option(
                None,
                "--guidance-scale",
                help=f"At least 0; 1 is no guidance; {default('guidance_scale')}",
            ),
        ),
        keyword(
            "lora",
            list[str] | None,
            typer.Option(
                None, "--lora", help="Folder of adapters, or FOLDER=STRENGTH; once for each."
            ),
        ),
        where_files_are(),
        keyword("device", str, typer.Option("auto", "--device", help=DEVICES)),
        *flag_parameters(ExecutionConfig),
        keyword("overwrite", bool, typer.Option(False, "--overwrite", help="Replace OUTPUT.")),
        keyword(
            "as_json",
            bool,
            typer.Option(
                False, "--json", help="Print task, seed, output, seconds, conversions, provenance."
            ),
        ),
    ]


def _long_source() -> inspect.Parameter:
    option = typer.Option(
        "refuse",
        "--long-source",
        help="A source longer than the model's clips: refuse it, or edit it in windows that "
        "overlap and crossfade.",
    )
    return keyword("long_source", Literal["refuse", "windows"], option)


def _run(
    spec: TaskSpec,
    catalog: Catalog,
    request: dict[str, Any],
    *,
    model: Path,
    output: Path,
    device: str,
    overwrite: bool,
    as_json: bool,
    lora: list[str] | None,
    overrides: list[str] | None,
    **sampling: Any,
) -> None:
    from ..media.audio import check_output, save_waveform

    check_output(output)
    if output.exists() and not overwrite:
        raise RequestError(f"{output} exists; choose another name, or add --overwrite.")

    from ...api import AudioOmni
    from ..unlearned import unlearned_note

    names = ExecutionConfig.model_fields
    execution = {name: sampling.pop(name) for name in names if name in sampling}
    given = {name: value for name, value in execution.items() if value is not None}
    adapters = parse_adapters(lora)
    engine = AudioOmni.from_pretrained(
        model,
        device=device,
        catalog=catalog,
        adapters=adapters,
        overrides=overrides or (),
        **given,
    )
    note = unlearned_note(spec, engine.pipeline.learned)
    if note is not None:
        typer.echo(f"note: {note}", err=True)
    result = engine.run(spec.name, **sampling, **request)
    saved = save_waveform(result.waveform, output, provenance=result.provenance)
    report = {
        "task": result.task,
        "seed": result.seed,
        "output": str(output),
        "seconds": result.waveform.seconds,
        "conversions": list(saved.conversions),
        "provenance": result.provenance,
    }
    if as_json:
        json.dump(report, sys.stdout, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        typer.echo(f"{output}  {result.waveform.seconds:.2f} s, seed {result.seed}")
        for note in (*result.provenance["conversions"], *saved.conversions):
            typer.echo(f"note: {note}", err=True)
