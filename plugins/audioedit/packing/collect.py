"""The finished records of a data set, each once, in the order in which they are packed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from ....core.errors import DataError
from ..records import EditRecord
from ..stages.parts import Part, parts_in
from ..stages.pipeline import Step
from ..stages.workshop import Workshop


def last_stages(steps: Sequence[Step]) -> list[Step]:
    """Return the stages whose items are finished pairs: those that none reads part by part."""
    read = {step.upstream for step in steps}
    making = [step for step in steps if step.branch != "ingredients"]
    return [s for s in making if s.upstream is not None and s.name not in read]


def finished(workshop: Workshop, steps: Sequence[Step]) -> list[EditRecord]:
    """Return all records, shuffled by the hash of their ids.

    Raises:
        DataError: if two records of one id differ, or a part is damaged.
    """
    found: dict[str, EditRecord] = {}
    for record in _records(workshop, steps):
        before = found.setdefault(record.id, record)
        if before != record:
            raise DataError(
                f"Two pairs are called '{record.id}' and differ; ids are hashes of all that a pair "
                "is made of. A stage changed without a new version: raise it, and run again."
            )
    return sorted(found.values(), key=lambda record: shuffled(record.id))


def shuffled(id_: str) -> bytes:
    """Return what puts ids in an order that no property of a pair decides."""
    return hashlib.sha256(id_.encode()).digest()


def open_parts(workshop: Workshop, steps: Sequence[Step]) -> list[Part]:
    """Return the parts that are not complete."""
    return [
        part
        for step in steps
        for part in parts_in(workshop.folder(step.name))
        if part.done() is None
    ]


def _records(workshop: Workshop, steps: Sequence[Step]) -> Iterator[EditRecord]:
    for step in last_stages(steps):
        for part in parts_in(workshop.folder(step.name)):
            for item in part.kept():
                yield EditRecord.model_validate(item.data["record"])
