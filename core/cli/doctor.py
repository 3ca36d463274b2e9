"""``audio-omni doctor``: versions that do not fit, devices, what is missing for which feature."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from ..diagnosis import Finding, diagnose
from .tables import print_table

COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}


def command(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a list of subject, state, detail, required.")
    ] = False,
) -> None:
    """Check versions, devices and disk; exit 1 when something needed is missing or broken."""
    findings = diagnose()
    if as_json:
        json.dump([asdict(finding) for finding in findings], sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        print_table(("subject", "state", "detail"), [_row(finding) for finding in findings])
    if any(is_fatal(finding) for finding in findings):
        raise typer.Exit(1)


def is_fatal(finding: Finding) -> bool:
    """Tell whether a finding keeps audio-omni from working."""
    return finding.state == "broken" or (finding.required and finding.state != "ok")


def _row(finding: Finding) -> dict[str, str | Text]:
    state = Text(finding.state, style=COLOURS[finding.state])
    return {"subject": finding.subject, "state": state, "detail": finding.detail}
