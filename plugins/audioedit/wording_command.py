"""``audio-omni audioedit paraphrase``: more wordings of edits, for a person to review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from ...core.cli.tables import print_json
from .command_parts import AsJson, stopping

WhichTask = Literal["add", "remove", "extract", "style"]


def paraphrase(
    *,
    context: typer.Context,
    task: Annotated[WhichTask, typer.Option("--task", help="The edit to word.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="File to review; one that is there gets more.", metavar="FILE"
        ),
    ],
    n: Annotated[int, typer.Option("--n", min=1, max=500, help="Wordings to get.")] = 20,
    provider: Annotated[
        str, typer.Option("--provider", help="Who writes them: a paraphraser.", metavar="NAME")
    ] = "gemini_paraphraser",
    lang: Annotated[str, typer.Option("--lang", help="Language to write in.")] = "en",
    files: Annotated[
        list[str] | None,
        typer.Option("--words-file", help="File of a further language.", metavar="FILE"),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Set one of its options: options.model=NAME.", metavar="KEY=VALUE"
        ),
    ] = None,
    budget_usd: Annotated[
        float | None, typer.Option("--budget-usd", help="Most money to spend on FILE's folder.")
    ] = None,
    budget_tokens: Annotated[
        int | None, typer.Option("--budget-tokens", help="Most tokens, likewise.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what it costs at most, and ask nobody.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have a model write more wordings of an edit into a file that a person reviews.

    Each must have the slots of its sounds and no other edit's verb; what cannot be used is counted.
    Answers are kept in answers/ beside FILE.
    """
    from ...core.config import parse_config
    from ...core.recipe import overridden
    from .choosing import ProviderConfig
    from .words.more_command import Request, cost_of, open_paraphraser, written_to

    given = overridden({"name": provider, "options": {}}, overrides or [])
    chosen = parse_config(ProviderConfig, given, where="Options of the paraphraser")
    request = Request(task, lang, n, output, tuple(files or ()))
    with stopping():
        writer = open_paraphraser(chosen, context.obj, output, budget_usd, budget_tokens)
        most = cost_of(writer, n)
        told = f"At most {most.calls} requests"
        told += f", {most.tokens} tokens, {most.usd:.2f} US dollars" if most.tokens else ""
        typer.echo(f"{told}; what was answered before is free.", err=True)
        if dry_run:
            if as_json:
                print_json({"most": vars(most)})
            return
        writer.check()
        found = written_to(request, writer, chosen.name)
    if as_json:
        print_json({"file": str(output), "wordings": list(found.texts),
                    "stopped": found.stopped, **found.asked.model_dump(mode="json")})  # fmt: skip
        return
    refused = ", ".join(f"{reason} {count}" for reason, count in found.asked.rejected.items())
    typer.echo(
        f"{len(found.texts)} of {n} wordings of {task} in {output}; of {found.asked.answered} that "
        f"came, these were refused: {refused or 'none'}."
    )
    if found.stopped:
        typer.secho(f"It ended early: {found.stopped}", fg="yellow", err=True)
    typer.echo("Set accepted of each to true or false, and name the file in words.more.")
