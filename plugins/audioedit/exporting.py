"""A data set as it is passed on: Parquet files, and the card that tells what they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...core.errors import DataError
from .blobs import write_whole
from .funnel import funnel
from .packing.collect import finished
from .packing.parquet import write_parquet
from .packing.selection import Selection, select
from .report.card import card_text
from .splits.leak import read_leak_report
from .stages.pipeline import Step
from .stages.workshop import Workshop

CARD = "README.md"
"""What hubs show of a folder."""


def export_parquet(
    workshop: Workshop, steps: Sequence[Step], folder: Path
) -> tuple[Selection, list[Path]]:
    """Write the finished pairs as Parquet and their card; return what was chosen, and the files.

    Controls stand in the card if the report of the same pairs was written before.

    Raises:
        PluginError: if pyarrow is not installed.
        DataError: if there is no pair, or a blob is missing or damaged.
        StopRun: if the disk is full.
    """
    chosen = select(workshop, finished(workshop, steps))
    if not chosen.records:
        raise DataError(
            f"{workshop.root} holds no finished pair that may be passed on as asked. Look at "
            f"'audio-omni audioedit status {workshop.root}', or ask for other licences."
        )
    written = write_parquet(chosen.records, workshop.blobs, folder)
    text = card_text(
        workshop.config,
        chosen.records,
        [line.to_dict() for line in funnel(workshop, steps)],
        leak=read_leak_report(workshop.root) if workshop.config.split.leak_guard else None,
        told=_report(workshop.root),
    )
    write_whole(folder / CARD, text.encode())
    return chosen, [*written, folder / CARD]


def _report(root: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((root / "reports" / "funnel.json").read_bytes())
    except (OSError, ValueError):
        return None
    return found
