"""``audio-omni release``: the published files in and out, verified, and explained."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import print_json, print_table
from .verify import verify_command

app = typer.Typer(no_args_is_help=True)
app.command("verify")(verify_command)

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to make.", metavar="DIR")]


@app.command("import")
def import_command(
    *,
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(help="Folder of Audio-Omni.json and model.ckpt.", metavar="DIR"),
    ],
    output: Output,
    assets: Annotated[
        Path | None,
        typer.Option(
            "--assets",
            metavar="DIR",
            help="Your copy of the release, for its sentences and vocabulary; left out: looked "
            "for near the config.",
        ),
    ] = None,
    llm: Annotated[
        str | None,
        typer.Option(
            "--llm",
            metavar="NAME",
            help="Hub name or folder of the language model's config and processor; left out: "
            "QWEN_OMNI_MODEL_PATH, or Qwen/Qwen2.5-Omni-3B.",
        ),
    ] = None,
    llm_weights: Annotated[
        bool,
        typer.Option(
            "--llm-weights/--no-llm-weights",
            help="Keep the checkpoint's copy of the language model, or take its publisher's.",
        ),
    ] = True,
    corrected: Annotated[
        bool,
        typer.Option(
            "--corrected", help="Leave out the published program's defects (release quirks)."
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print model, parameters, notes, licence.")
    ] = False,
) -> None:
    """Make a model folder of the published files; `audio-omni run … --model` takes it."""
    from .find import default_assets, default_llm
    from .importing import LICENCE, import_release
    from .published_files import find_published_files

    files = find_published_files(folder)
    done = import_release(
        files,
        output,
        context.obj,
        default_assets(files.config_path, assets),
        llm=llm or default_llm(),
        keep_llm=llm_weights,
        defects=not corrected,
        on_component=_say,
    )
    if as_json:
        report = {"model": str(output), "parameters": dict(done.parameters)}
        print_json({**report, "notes": list(done.notes), "licence": LICENCE})
        return
    rows = [{"component": n, "parameters": f"{c:,}"} for n, c in done.parameters.items()]
    print_table(("component", "parameters"), rows)
    for note in done.notes:
        typer.secho(f"note: {note}", fg="yellow", err=True)
    typer.echo(f"licence {LICENCE}")
    typer.echo(f"model   {output}")


@app.command("export")
def export_command(
    model: Annotated[Path, typer.Argument(help="An imported model.", metavar="MODEL")],
    output: Output,
    format_: Annotated[
        Literal["ckpt", "safetensors"],
        typer.Option("--format", help="PyTorch's files as published, or safetensors."),
    ] = "ckpt",
    as_json: Annotated[bool, typer.Option("--json", help="Print files: a list of paths.")] = False,
) -> None:
    """Write the published files of a model that was imported, and perhaps trained on."""
    from .exporting import export_release

    written = export_release(model, output, format_=format_, on_file=_say)
    if as_json:
        print_json({"files": [str(path) for path in written]})
        return
    for path in written:
        typer.echo(f"{path}  {path.stat().st_size:,} bytes")


@app.command("quirks")
def quirks_command(
    model: Annotated[
        Path | None,
        typer.Argument(help="A model whose settings to show.", metavar="MODEL"),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print a list of name, option, published, ours, defect, what, model."
        ),
    ] = False,
) -> None:
    """Show where the published program does what one would not expect, and what a model does."""
    from .quirks import QUIRKS, value_of

    values = None
    if model is not None:
        from ...core.training.checkpoint import load_checkpoint

        values = load_checkpoint(model).recipe
    rows = [
        {
            "name": quirk.name,
            "published": quirk.published,
            "ours": quirk.ours,
            "model": None if values is None else value_of(quirk, values),
            "defect": "yes" if quirk.defect else "no",
            "what": quirk.what,
            "option": quirk.option,
        }
        for quirk in QUIRKS
    ]
    if as_json:
        print_json([{**row, "defect": row["defect"] == "yes"} for row in rows])
        return
    shown = ["name", "published", "ours", *(["model"] if model else []), "defect", "what"]
    print_table(shown, rows)


@app.command("sizes")
def sizes_command(
    context: typer.Context,
    preset: Annotated[
        str, typer.Argument(help="A model preset, such as release or nano.")
    ] = "release",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print parameters by component, trainable, all.")
    ] = False,
) -> None:
    """Count the parameters of a preset, without weights and without memory for them."""
    from ...core.config import parse_config
    from ...core.models.config import ModelConfig
    from ...core.models.presets import expand_preset
    from ...core.models.sizes import build_empty, parameter_counts, trainable_count

    values = expand_preset({"preset": preset})
    model = build_empty(parse_config(ModelConfig, values, where=f"Preset '{preset}'"), context.obj)
    counts, trainable = parameter_counts(model), trainable_count(model)
    if as_json:
        print_json({"parameters": counts, "trainable": trainable, "all": sum(counts.values())})
        return
    total = {**counts, "trainable": trainable, "all": sum(counts.values())}
    rows = [{"component": name, "parameters": f"{count:,}"} for name, count in total.items()]
    print_table(("component", "parameters"), rows)


def _say(name: str, size: int) -> None:
    typer.echo(f"{name}  {size / 2**20:,.0f} MiB", err=True)
