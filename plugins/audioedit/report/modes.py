"""How many separated items each way of making a scene would take, beside the one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from ..real.config import MixtureMode, SeparationRules
from ..records import EditRecord
from ..repeats import label_of
from .tables import table

SUBTRACT_FROM_DB = SeparationRules().least_subtract_si_sdr_db


def html(records: Sequence[EditRecord], subtract_from_db: float = SUBTRACT_FROM_DB) -> str:
    """Return the counts of all three modes as HTML; nothing where no pair is of the real branch.

    Args:
        records: of a data set.
        subtract_from_db: least SI-SDR of target + residual from which a residual is recording −
            target (``separation.least_subtract_si_sdr_db``).
    """
    counts = counted(records, subtract_from_db)
    if not counts:
        return ""
    rows = [[mode, f"{able:,}", f"{made:,}"] for mode, (able, made) in counts.items()]
    return (
        "<h3>How real scenes can be made</h3><p>Sounds that were separated and kept. Subtracting "
        f"needs parts that add up to their recording, to {subtract_from_db:g} dB of SI-SDR; the "
        "other two take any.</p>" + table(["Mode", "Items it takes", "Items made so"], rows)
    )


def counted(
    records: Sequence[EditRecord], subtract_from_db: float = SUBTRACT_FROM_DB
) -> dict[str, tuple[int, int]]:
    """Return mode → (items that it would take, items made by it); empty without real pairs."""
    items: dict[tuple[Any, ...], EditRecord] = {}
    for record in records:
        if record.branch == "real" and "consistency_sisdr_db" in record.scene:
            recordings = tuple((used.dataset, used.item) for used in record.provenance.ingredients)
            items[recordings, label_of(record)] = record
    if not items:
        return {}
    clean = sum(
        record.scene["consistency_sisdr_db"] >= subtract_from_db for record in items.values()
    )
    able = {"original": len(items), "recomposed": len(items), "subtract": clean}
    made = [record.scene["mixture_mode"] for record in items.values()]
    return {mode: (able[mode], made.count(mode)) for mode in get_args(MixtureMode)}
