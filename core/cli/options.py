"""Options that several nouns share, so that they read alike everywhere."""

from __future__ import annotations

from typing import Annotated

import typer

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", help="Override a field: train.steps=100.", metavar="KEY=VALUE"),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")]
