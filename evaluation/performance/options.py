"""Options that several verbs of ``audio-omni bench`` share."""

from __future__ import annotations

from typing import Annotated

import typer

PeakTflops = Annotated[
    float | None,
    typer.Option("--peak-tflops", help="Peak of the device, to tell the utilisation."),
]
