"""``audio-omni run`` for tasks whose output is text: the answer is printed as it is made."""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import typer

from ..catalog import Catalog
from ..errors import RequestError
from ..specs import TaskSpec
from .options import DEVICES, where_files_are
from .request_flags import keyword


def text_parameters() -> list[inspect.Parameter]:
    """Return the flags of every task with text output, besides those of its request."""
    return [
        keyword("model", Path, typer.Option(..., "--model", help="Folder of a run or checkpoint.")),
        keyword(
            "max_new_tokens",
            int,
            typer.Option(1024, "--max-new-tokens", min=1, help="Longest answer, in tokens."),
        ),
        keyword(
            "temperature",
            float,
            typer.Option(
                0.0, "--temperature", min=0, help="0: the likeliest answer; above: a drawn one."
            ),
        ),
        keyword(
            "seed",
            int | None,
            typer.Option(None, "--seed", help="Decides what is drawn; left out: drawn too."),
        ),
        where_files_are(),
        keyword("device", str, typer.Option("auto", "--device", help=DEVICES)),
        keyword(
            "as_json",
            bool,
            typer.Option(False, "--json", help="Print task, answer, seed, conversions at the end."),
        ),
    ]


def run_text(
    spec: TaskSpec,
    catalog: Catalog,
    request: dict[str, Any],
    *,
    model: Path,
    device: str,
    seed: int | None,
    temperature: float,
    as_json: bool,
    max_new_tokens: int,
    overrides: list[str] | None,
) -> None:
    """Print the answer of a model piece by piece, or as JSON when it is complete.

    Raises:
        RequestError: if the model cannot answer, or the request does not fit.
    """
    from ...api import AudioOmni
    from ..answers import answer

    if seed is not None and not temperature:
        raise RequestError("Got --seed without --temperature; the likeliest answer draws nothing.")
    if temperature and seed is None:
        import secrets

        seed = secrets.randbelow(2**31)
    engine = AudioOmni.from_pretrained(
        model, device=device, catalog=catalog, overrides=overrides or ()
    )
    found = answer(
        engine.model,
        catalog,
        spec.name,
        request,
        engine.pipeline.wording,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
    )
    if as_json:
        text = "".join(found)
        notes = list(found.conversions)
        report = {"task": found.task, "answer": text, "seed": seed, "conversions": notes}
        json.dump(report, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    for note in found.conversions:
        typer.echo(f"note: {note}", err=True)
    for piece in found:
        typer.echo(piece, nl=False)
    typer.echo()
