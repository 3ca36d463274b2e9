"""``audio-omni evaluate``: a model on benchmarks, and the paper's tables with a row of ours."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from ...core.cli.options import Device
from ...core.cli.tables import print_json, print_table
from ...core.data.cache_folder import HEARD_GB, heard_folder
from ...core.errors import ConfigError
from ..options import FirstSeed, Listeners
from ..scoring.markdown import beside
from .folder import DATA, BenchmarkFolder, open_folder
from .method import Method, folder_name, parse_method
from .paper import OURS, paper_table, table_lines
from .tables import BY_GROUP, SHOWN, group_rows, result_rows

LISTED = ("benchmark", "task", "data", "metrics")


def command(
    *,
    context: typer.Context,
    model: Annotated[
        Path | None, typer.Argument(help="Folder of a run, a checkpoint or an import.")
    ] = None,
    benchmark: Annotated[
        list[str] | None,
        typer.Option("--benchmark", help="A registered benchmark; several are run in order."),
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(
            "--answers",
            help="In place of a model: what some system answered, JSON with id and model_output.",
            metavar="FILE",
        ),
    ] = None,
    paper: Annotated[
        str | None,
        typer.Option(
            "--paper-table",
            help="Print a table of the paper with our row: 2, 3, 4, A2, A3, A5 or A6.",
            metavar="NUMBER",
        ),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            help="Task that rows are asked of in place of the benchmark's own (which is 'own'), "
            "with settings: sdedit,t_start=0.55; several are run in order.",
            metavar="TASK,…",
        ),
    ] = None,
    study: Annotated[
        list[str] | None,
        typer.Option(
            "--study",
            help="With --paper-table A6: what `study score --json` printed, for a task.",
            metavar="TASK=FILE",
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help=f"Folder of the benchmarks' folders; left out: ${DATA}."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of clips and numbers.")
    ] = Path("runs/evaluation"),
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Most rows, in the order of their ids.")
    ] = None,
    seed: FirstSeed = 0,
    processes: Listeners = 1,
    cache_gb: Annotated[
        float,
        typer.Option("--cache-gb", min=0.0, help="What the cache of what was heard may hold, GB."),
    ] = HEARD_GB,
    sample_rate: Annotated[
        int | None,
        typer.Option(
            "--sample-rate",
            min=1,
            help="Rate in Hz that clips are measured at; left out: the "
            "model's, for its clips and their references.",
        ),
    ] = None,
    skip_unmeasurable: Annotated[
        bool,
        typer.Option("--skip-unmeasurable", help="Leave out rows that a metric refuses, counted."),
    ] = False,
    device: Device = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print every result as JSON.")] = False,
) -> None:
    """Make what a benchmark asks for, measure it, and keep the numbers.

    Without a benchmark: list them, and whether their data is there. Stopped half-way, the same
    command goes on.
    """
    folder = data or Path(os.environ.get(DATA, "benchmarks"))
    where: dict[str, Any]
    if study and paper is None:
        raise ConfigError(f"Got --study {study[0]} without a table; expected --paper-table A6.")
    if paper is not None:
        _print_paper(context.obj, paper, folder, output, study or [])
    elif answers is not None:
        if model is not None or len(benchmark or ()) != 1:
            raise ConfigError(
                f"Got --answers {answers} with {f'a model, {model}' if model else 'no model'} and "
                f"{len(benchmark or ())} benchmarks; expected no model and one benchmark of "
                "questions: audio-omni evaluate --benchmark mmau --answers FILE"
            )
        where = {"output": output, "limit": limit}
        results = [_evaluate_answers(context.obj, (benchmark or [""])[0], answers, folder, where)]
        print_json(results) if as_json else _print_results(results)
    elif not benchmark:
        if model is not None:
            raise ConfigError(
                f"Got a model, {model}, and no benchmark. Name one with --benchmark; "
                "`audio-omni evaluate` alone lists them."
            )
        _print_list(context.obj, folder, as_json=as_json)
    elif model is None:
        raise ConfigError(
            f"Got --benchmark {benchmark[0]} without a model. Name the folder of a run, a "
            f"checkpoint or an import: audio-omni evaluate MODEL --benchmark {benchmark[0]}"
        )
    else:
        found = [open_folder(name, context.obj, folder) for name in benchmark]
        for one in found:  # before a model is loaded for it
            one.check()
        where = {"output": output, "limit": limit, "seed": seed}
        where["listening"] = {
            "processes": processes,
            "skip_unmeasurable": skip_unmeasurable,
            "sample_rate_hz": sample_rate,
            "cache_gb": cache_gb,
        }
        asked = [(one, way) for one in found for way in _methods(method, context.obj)]
        results = _evaluate(context, model, asked, where, device)
        print_json(results) if as_json else _print_results(results)


def _print_results(results: Sequence[dict[str, Any]]) -> None:
    print_table(SHOWN, result_rows(results))
    for one in results:
        for line in beside(one["results"]):
            typer.echo(line)
    groups = group_rows(results)
    if groups:
        typer.echo()
        print_table(BY_GROUP, groups)


def _print_paper(
    catalog: Any, number: str, data: Path, output: Path, studies: Sequence[str]
) -> None:
    from .comparing import evaluated_methods, our_row
    from .listened import listened_tasks, parse_studies, study_rows

    table = paper_table(number)
    if studies or listened_tasks(table):
        own, missing = study_rows(table, parse_studies(studies))
    else:
        ours, missing = our_row(table, catalog, data, output)
        own = {OURS: ours}
        for method in evaluated_methods(output, catalog):
            row, _ = our_row(table, catalog, data, output, method)
            if row:
                own[f"{OURS}: {method}"] = row
    typer.echo("\n".join(table_lines(table, own, missing)))


def _print_list(catalog: Any, data: Path, *, as_json: bool) -> None:
    found = [open_folder(spec.name, catalog, data) for spec in catalog.benchmarks]
    rows = [
        {
            "benchmark": one.name,
            "task": one.benchmark.task,
            "data": "missing" if one.missing() else str(one.path),
            "metrics": ", ".join(use.name for use in one.benchmark.metrics),
        }
        for one in found
    ]
    if as_json:
        print_json(
            [{**row, "missing": one.missing()} for row, one in zip(rows, found, strict=True)]
        )
        return
    print_table(LISTED, rows)
    if all(one.missing() for one in found):
        typer.echo(f"\nNo data at {data}; name its folder with --data or ${DATA}. What is missing")
        typer.echo("and how to lay it out: audio-omni evaluate --json, or --paper-table 3.")


def _methods(texts: Sequence[str] | None, catalog: Any) -> list[Method | None]:
    """Return what benchmarks are asked of; `None`: of their own tasks."""
    methods = [parse_method(text) for text in texts or ()]
    for one in methods:
        if one.task is not None:
            catalog.tasks.get(one.task)
    return [*methods] if methods else [None]


def _evaluate_answers(
    catalog: Any, name: str, answers: Path, data: Path, where: dict[str, Any]
) -> dict[str, Any]:
    from .running import evaluate_answers

    return evaluate_answers(open_folder(name, catalog, data), answers, catalog, **where).to_dict()


def _evaluate(
    context: typer.Context,
    model: Path,
    asked: Sequence[tuple[BenchmarkFolder, Method | None]],
    where: dict[str, Any],
    device: str,
) -> list[dict[str, Any]]:
    from rich.console import Console

    from ...core.cli.main import catalog_opener
    from ...core.events import Evaluated
    from ...core.training.checkpoint import load_checkpoint
    from ...core.training.restore import restore_model, saved_recipe
    from ..scoring.progress import ScoreProgress
    from .listening import Listening
    from .running import Run, evaluate

    console = Console(stderr=True)
    listening = Listening(heard_folder(), **where.pop("listening"))
    plain = Run(listening=listening, **where)
    pipeline = restore_model(model, context.obj, device)
    results = []
    for one, method in asked:
        run = replace(plain, method=method)
        title = folder_name(one.name, method.label if method else None)
        console.print(f"[bold]{title}[/]: {one.benchmark.title}")
        with ScoreProgress(console) as progress:
            evaluation = evaluate(
                one,
                pipeline,
                replace(run, listening=replace(listening, on_progress=progress)),
                open_catalog=catalog_opener(context),
                told=lambda done, of: console.print(f"  made {done} of {of}"),
            )
        for name, reason in evaluation.refused.items():
            typer.secho(f"{title}: {name} has no value. {reason}", fg="yellow", err=True)
        results.append(evaluation.to_dict())
        checkpoint = load_checkpoint(model)
        recipe = saved_recipe(checkpoint).model_dump(mode="json")
        values = {f"{title}/{r.name}": r.value for r in evaluation.results}
        name = f"benchmark {title}"
        context.obj.notify(
            Evaluated(model, recipe, name, checkpoint.step, values, evaluation.to_dict())
        )
    return results
