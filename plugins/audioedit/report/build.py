"""Writes the report of a data set: a page, and the files of numbers beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....core.catalog import Catalog
from ....core.errors import DataError
from ..blobs import BlobStore, write_whole
from ..records import EditRecord
from .contact_sheet import PER_KIND, contact_sheets
from .controls import lsd_of_controls
from .credits import write_attribution, write_licences
from .examples import Example
from .page import Shown, page_html


@dataclass(frozen=True)
class Report:
    """Where the parts of a report are."""

    page: Path
    funnel: Path
    licences: Path
    attribution: Path


def write_report(
    root: Path,
    records: Sequence[EditRecord],
    funnel: Sequence[Mapping[str, Any]],
    *,
    catalog: Catalog,
    paper: Mapping[str, int],
    examples: Sequence[Example] = (),
    per_kind: int = PER_KIND,
    name: str = "AudioEdit",
) -> Report:
    """Write ``report.html``, ``funnel.json``, ``licences.csv`` and ``ATTRIBUTION``.

    Args:
        root: folder of the data set; all goes into ``reports`` below it.
        records: finished pairs.
        funnel: lines of stages: stage, branch, in, kept, made, rejected, failed, seconds.
        catalog: where the metric of the controls is looked up.
        paper: step → items left in the paper's funnel.
        examples: of what was rejected.
        per_kind: pairs of each task and branch that are shown.
        name: of the data set, for the title.

    Raises:
        DataError: if there is no pair, or a blob is missing or damaged.
        StopRun: if the disk is full.
    """
    if not records:
        raise DataError(
            f"{root} holds no finished pair, so there is nothing to report. Run 'audio-omni "
            f"audioedit run -o {root}' first; 'audioedit status' tells how far it is."
        )
    blobs = BlobStore(root)
    shown = Shown(
        name=name,
        records=records,
        funnel=funnel,
        paper=paper,
        examples=examples,
        controls=lsd_of_controls(records, blobs, catalog),
        sheets=contact_sheets(records, blobs, per_kind),
        leak=_leak(root),
    )
    folder = root / "reports"
    page, numbers = folder / "report.html", folder / "funnel.json"
    write_whole(page, page_html(shown).encode())
    told = json.dumps({"funnel": list(funnel), "paper": dict(paper)}, indent=2, ensure_ascii=False)
    write_whole(numbers, f"{told}\n".encode())
    return Report(page, numbers, write_licences(records, root), write_attribution(records, root))


def _leak(root: Path) -> Mapping[str, Any] | None:
    path = root / "reports" / "leak.json"
    if not path.is_file():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
