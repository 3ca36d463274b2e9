"""``audio-omni metrics``: what metrics need before they can measure, and whether they are right."""

from __future__ import annotations

import typer

from .embedders.command import convert_command
from .goldens.command import verify_command

app = typer.Typer(no_args_is_help=True)
app.command("convert")(convert_command)
app.command("verify")(verify_command)
