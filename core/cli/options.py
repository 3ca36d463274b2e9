"""Options that several nouns share, so that they read alike everywhere."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated

import typer

from ..errors import RequestError
from .request_flags import keyword

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a field: train.steps=100.", metavar="KEY=VALUE"),
]
DEVICES = "auto, cpu, cuda, cuda:N or mps."
Device = Annotated[str, typer.Option("--device", help=DEVICES)]


def where_files_are() -> inspect.Parameter:
    """Return the flag that says where files are which a saved model names."""
    option = typer.Option(
        None,
        "--set",
        metavar="KEY=FILE",
        help="Where a file is that the model names and does not hold; the error that misses it "
        "says KEY.",
    )
    return keyword("overrides", list[str] | None, option)


def parse_adapters(given: Sequence[str] | None) -> dict[str, float]:
    """Return folders of adapters with their strengths, from ``FOLDER`` or ``FOLDER=STRENGTH``.

    Raises:
        RequestError: for a strength that is no number, or a folder that is named twice.
    """
    found: dict[str, float] = {}
    for one in given or ():
        folder, equals, strength = one.rpartition("=")
        folder = folder if equals else one
        try:
            value = float(strength) if equals else 1.0
        except ValueError:
            raise RequestError(
                f"--lora {one}: '{strength}' is no number; expected FOLDER or FOLDER=STRENGTH."
            ) from None
        if folder in found:
            raise RequestError(f"--lora names {folder} twice; expected each folder once.")
        found[folder] = value
    return found
