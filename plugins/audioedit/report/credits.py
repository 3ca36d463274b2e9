"""Licences of all recordings as a table, and whom to credit."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ..blobs import write_whole
from ..licences import UNKNOWN
from ..records import EditRecord, IngredientFacts

ATTRIBUTION = "ATTRIBUTION"
COLUMNS = ("dataset", "item", "roles", "licence", "attribution", "url", "pairs")


def licence_counts(records: Sequence[EditRecord]) -> list[tuple[str, bool, str, int]]:
    """Return (effective licence, commercial use, what to mind, pairs), the most frequent first."""
    found = Counter(
        (record.licence.effective, record.licence.commercial_ok, record.licence.notes)
        for record in records
    )
    ordered = sorted(found.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(*facts, number) for facts, number in ordered]


def write_licences(records: Sequence[EditRecord], root: Path) -> Path:
    """Write ``reports/licences.csv``: every recording that went into a pair; return its path."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (dataset, item), (facts, roles, pairs) in _recordings(records).items():
        licence, attribution = facts.licence or UNKNOWN, facts.attribution or ""
        row = [dataset, item, " ".join(sorted(roles)), licence, attribution, facts.url or ""]
        writer.writerow([_plain(cell) for cell in row] + [pairs])
    path = root / "reports" / "licences.csv"
    write_whole(path, buffer.getvalue().encode())
    return path


def write_attribution(
    records: Sequence[EditRecord], path: Path, *, most: int | None = None
) -> Path:
    """Write whom to credit for some pairs, by licence, to a file; return its path.

    Args:
        records: those that the file goes with.
        path: ``ATTRIBUTION`` of the reports, or beside the shards that are passed on.
        most: recordings of one author that are named, where ``licences.csv`` has them all; left
            out: every one.

    Raises:
        StopRun: if the disk is full.
    """
    owed: dict[str, dict[str, list[str]]] = {}
    for (dataset, item), (facts, _, _) in _recordings(records).items():
        credit = owed.setdefault(facts.licence or UNKNOWN, {})
        credit.setdefault(facts.attribution or f"{dataset} (no name given)", []).append(item)
    lines = ["The recordings in these pairs are by:", ""]
    for licence in sorted(owed):
        lines += [licence, "-" * len(licence)]
        lines += [
            f"- {name}: {_some(items, most)}" for name, items in sorted(owed[licence].items())
        ]
        lines.append("")
    write_whole(path, "\n".join(lines).encode())
    return path


def _recordings(
    records: Sequence[EditRecord],
) -> dict[tuple[str, str], tuple[IngredientFacts, set[str], int]]:
    """Return (data set, item) → its facts, its roles and the number of its pairs, in order."""
    found: dict[tuple[str, str], tuple[IngredientFacts, set[str], int]] = {}
    for record in records:
        seen = set()
        for used in record.provenance.ingredients:
            name = (used.dataset, used.item)
            facts, roles, pairs = found.get(name, (used, set(), 0))
            found[name] = (facts, roles | {used.role}, pairs + (name not in seen))
            seen.add(name)
    return dict(sorted(found.items()))


def _some(items: Sequence[str], most: int | None) -> str:
    if most is None or len(items) <= most:
        return ", ".join(items)
    return f"{', '.join(items[:most])} and {len(items) - most} more, see licences.csv"


def _plain(cell: str) -> str:
    """Return a cell that no table program takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
