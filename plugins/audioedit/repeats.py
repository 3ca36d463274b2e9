"""Pairs that repeat one another: of the same recordings, with the same sound and the same edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .records import EditRecord


def label_of(record: EditRecord) -> str:
    """Return the class of the edited sound, or its bare name."""
    return str(record.scene.get("label") or record.instruction.slots.object.bare)


def kind_of(record: EditRecord) -> tuple[Any, ...]:
    """Return what pairs have in common that repeat one another."""
    becomes = record.instruction.slots.object_to
    return (record.groups, label_of(record), becomes.bare if becomes else None, record.task)


def once_each(records: Sequence[EditRecord]) -> list[EditRecord]:
    """Return the records without those that repeat another one (spec section 5.2).

    Only real pairs that are trained on repeat: in scenes of the synthesis branch the same
    recordings sound at other times, at another level and pitch.
    """
    seen: set[tuple[Any, ...]] = set()
    kept = []
    for record in records:
        if record.branch == "real" and record.split == "train":
            kind = kind_of(record)
            if kind in seen:
                continue
            seen.add(kind)
        kept.append(record)
    return kept
