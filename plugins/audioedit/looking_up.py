"""Find a pair by its id, and the way that it came through the stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.errors import DataError, suggestion
from .packing.collect import last_stages
from .records import EditRecord
from .stages.parts import parts_in
from .stages.pipeline import Step
from .stages.workshop import Workshop


def find_record(workshop: Workshop, steps: Sequence[Step], id_: str) -> EditRecord:
    """Return the record of a finished pair.

    Raises:
        DataError: if there is none of the id; lists close matches.
    """
    known = []
    for step in last_stages(steps):
        for part in parts_in(workshop.folder(step.name)):
            for item in part.kept():
                if item.id == id_:
                    return EditRecord.model_validate(item.data["record"])
                known.append(item.id)
    raise DataError(
        f"There is no finished pair '{id_}'.{suggestion(id_, known)} {len(known)} pairs are "
        "finished; their ids are in manifest-train.jsonl and its like."
    )


def history(workshop: Workshop, steps: Sequence[Step], id_: str) -> list[dict[str, Any]]:
    """Return what every stage said of a pair, the first stage first."""
    told: list[dict[str, Any]] = []
    wanted = {id_}
    for step in reversed(steps):
        if step.branch == "ingredients":
            continue
        for part in parts_in(workshop.folder(step.name)):
            for line in part.lines():
                made = {item.id for item in line.items}
                if line.id in wanted or made & wanted:
                    wanted.add(line.id)
                    told.append(
                        {
                            "stage": step.name,
                            "item": line.id,
                            "outcome": line.outcome,
                            "scores": dict(line.scores or {}),
                            **({"reason": line.reason} if line.reason else {}),
                        }
                    )
    return list(reversed(told))
