"""What was asked for, what there is, and by how much it falls short, as HTML."""

from __future__ import annotations

from collections.abc import Sequence

from ..quotas import Quota
from .tables import table


def html(quotas: Sequence[Quota], missing: int) -> str:
    """Return the quotas of branches and edits, and the recordings that are not there."""
    rows = [
        [f"{q.branch} {q.task}", f"{q.asked:,}", f"{q.made:,}", f"{q.short:,}" if q.short else "–"]
        for q in quotas
    ]
    said = (
        "<p>Pairs asked for, the test split left out, and those there are.</p>"
        + table(["Branch and edit", "Asked for", "There are", "Short by"], rows)
        if rows
        else "<p>No number of pairs was asked for.</p>"
    )
    gone = f"{missing:,} recordings are" if missing != 1 else "1 recording is"
    return said + (f"<p>{gone} missing: the files are not there.</p>" if missing else "")
