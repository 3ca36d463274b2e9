"""Find a pair by its id, and the way that it came through the stages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...core.errors import DataError, suggestion
from .packing.collect import last_stages
from .records import EditRecord
from .stages.lines import Line
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


def history(workshop: Workshop, steps: Sequence[Step], record: EditRecord) -> list[dict[str, Any]]:
    """Return what every stage said of a pair and of its recordings, the first stage first.

    Raises:
        DataError: if a part is damaged.
    """
    told: list[dict[str, Any]] = []
    wanted = {record.id}
    recordings = {used.sha256 for used in record.provenance.ingredients}
    for step in reversed(steps):
        for part in parts_in(workshop.folder(step.name)):
            for line in part.lines():
                made = {item.id for item in line.items}
                if step.branch == "ingredients":
                    is_its = any(item.data.get("sha256") in recordings for item in line.items)
                else:
                    is_its = line.id in wanted or bool(made & wanted)
                    wanted |= {line.id} if is_its else set()
                if is_its:
                    told.append(_told(step, line))
    return list(reversed(told))


def _told(step: Step, line: Line) -> dict[str, Any]:
    return {
        "stage": step.name,
        "item": line.id,
        "outcome": line.outcome,
        "scores": dict(line.scores or {}),
        **({"reason": line.reason} if line.reason else {}),
    }
