"""A record as a row of data: the fields that the editing tasks read, and the record itself."""

from __future__ import annotations

from typing import Any

from ..records import EditRecord, Slots

TASK_NAMES = {
    "add": "add",
    "remove": "remove",
    "extract": "extract",
    "style": "style_transfer",
}
"""The record's task → the framework's."""


def row_of(record: EditRecord) -> dict[str, Any]:
    """Return the fields of a row; sources of manifests and shards read them unchanged.

    ``description`` (or ``source_category`` and ``target_category``) and ``instruction`` are what a
    user would say, ``span`` and ``label`` what measures know; ``record`` is all there is to know.
    ``padding_s`` is what sources leave out at the end of both clips, see `EntrySource`.
    """
    slots = record.instruction.slots
    known: dict[str, Any] = {"label": str(record.scene.get("label", slots.object.bare))}
    if record.spans:
        known["span"] = [[span.start_s, span.end_s] for span in record.spans]
    if record.pad_samples:
        known["padding_s"] = record.padding_s
    credits = {i.attribution for i in record.provenance.ingredients if i.attribution}
    return {
        "id": record.id,
        "task": TASK_NAMES[record.task],
        "branch": record.branch,
        "split": record.split,
        "instruction": record.instruction.text,
        **said_of(slots),
        "caption": record.target_caption,
        "source_caption": record.source_caption,
        "target_caption": record.target_caption,
        "duration_s": round(record.duration_s, 6),
        **known,
        "licence": record.licence.effective,
        "attribution": "; ".join(sorted(credits)) or None,
        "record": record.model_dump(mode="json", exclude_none=True),
    }


def said_of(slots: Slots) -> dict[str, Any]:
    """Return what a user would call the sound of an edit, and what it turns into."""
    if slots.object_to is None:
        return {"description": slots.object.indefinite}
    return {
        "source_category": slots.object.indefinite,
        "target_category": slots.object_to.indefinite,
    }


def heard_at(record: EditRecord) -> dict[str, Any]:
    """Return where the edited sound is heard, as field ``span`` in seconds, if no span is named.

    The sides of an extraction, and of a pair that a separator made, differ anywhere, so that their
    records name no span of the edit; but a clip that is cut elsewhere would not have it. Empty
    where a record names its spans, and where nothing tells.
    """
    if record.branch == "real" and not record.spans:
        active = [[float(start), float(end)] for start, end in record.scene.get("active", ())]
        return {"span": active} if active else {}
    planned = record.scene.get("events")
    if record.task != "extract" or record.spans or not planned:
        return {}
    event = planned[record.scene["edited"]]
    ends = (event["onset"], event["onset"] + event["length"])
    return {"span": [[round(frame / record.target.sample_rate, 6) for frame in ends]]}
