"""Writes the report of a data set: a page, and the files of numbers beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....core.catalog import Catalog
from ....core.errors import DataError
from ....core.metric_result import MetricResult
from ..blobs import BlobStore, write_whole
from ..conflicts_heard import HeardConflicts
from ..providers.contract import Spent
from ..quotas import Quota, missing_recordings
from ..real.fingerprint import fingerprint, is_compared
from ..records import EditRecord
from .contact_sheet import PER_KIND, contact_sheets
from .controls import lsd_of_controls
from .credits import ATTRIBUTION, write_attribution, write_licences
from .examples import Example
from .fad_controls import fad_of_controls
from .modes import SUBTRACT_FROM_DB, counted
from .page import Shown, page_html
from .telling import Probe

NAMED = 20
"""Recordings of one author that are named; all of them are in ``licences.csv``."""
Results = Mapping[str, Mapping[str, MetricResult]]
"""Task → output → what was measured."""


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
    quotas: Sequence[Quota] = (),
    swap_guard: bool = True,
    spent: Spent | None = None,
    conflicts: tuple[int, int] | None = None,
    heard: HeardConflicts | None = None,
    subtract_from_db: float = SUBTRACT_FROM_DB,
    fad_embedder: str | None = None,
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
        quotas: pairs asked for beside those there are.
        swap_guard: whether to try to tell separated tracks from recordings.
        spent: on services.
        conflicts: backgrounds whose words name a sound of their scene, of all that were drawn.
        heard: those that sound like one, where a scorer listened.
        subtract_from_db: see `modes.html`.
        fad_embedder: what listens for the FAD of controls; left out, the metric's own.

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
    probe = probed(records, blobs) if swap_guard else "not_asked"
    missing = missing_recordings(funnel)
    lsd = lsd_of_controls(records, blobs, catalog)
    fad = fad_of_controls(records, blobs, catalog, embedder=fad_embedder)
    shown = Shown(
        name=name,
        records=records,
        funnel=funnel,
        paper=paper,
        examples=examples,
        controls=lsd,
        fad=fad,
        sheets=contact_sheets(records, blobs, per_kind),
        leak=_leak(root),
        quotas=quotas,
        missing=missing,
        probe=probe,
        spent=spent,
        conflicts=conflicts,
        heard=heard,
        subtract_from_db=subtract_from_db,
    )
    folder = root / "reports"
    page, numbers = folder / "report.html", folder / "funnel.json"
    write_whole(page, page_html(shown).encode())
    told_apart = probe if isinstance(probe, str) else {**vars(probe), "warning": probe.warning}
    facts = {
        "pairs": len(records),
        "funnel": list(funnel),
        "paper": dict(paper),
        "quotas": [quota.to_dict() for quota in quotas],
        "missing": missing,
        "fingerprint": told_apart,
        "modes": {
            mode: {"able": able, "made": made}
            for mode, (able, made) in counted(records, subtract_from_db).items()
        },
        "spent": vars(spent or Spent()),
        "conflicts": None if conflicts is None else {"met": conflicts[0], "drawn": conflicts[1]},
        "conflicts_heard": None if heard is None else vars(heard),
        "controls": _values(lsd, fad.results),
    }
    told = json.dumps(facts, indent=2, ensure_ascii=False)
    write_whole(numbers, f"{told}\n".encode())
    credits = write_attribution(records, folder / ATTRIBUTION, most=NAMED)
    return Report(page, numbers, write_licences(records, root), credits)


def _values(lsd: Results, fad: Results) -> dict[str, dict[str, dict[str, float]]]:
    """Return task → metric → output → value."""
    return {
        task: {
            name: {output: result.value for output, result in results[task].items()}
            for name, results in (("LSD", lsd), ("FAD", fad))
            if task in results
        }
        for task in sorted({*lsd, *fad})
    }


def probed(records: Sequence[EditRecord], blobs: BlobStore) -> Probe:
    """Return how well separated tracks are told from recordings, or why nobody can say."""
    if not any(map(is_compared, records)):
        return "not_asked"
    return fingerprint(records, blobs) or "too_few"


def _leak(root: Path) -> Mapping[str, Any] | None:
    path = root / "reports" / "leak.json"
    if not path.is_file():
        return None
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
