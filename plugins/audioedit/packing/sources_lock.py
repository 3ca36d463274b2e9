"""``sources.lock.jsonl``: every recording that a data set may use, as it was found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..blobs import write_whole
from ..stages.contract import RootStage
from ..stages.outcomes import Item
from ..stages.parts import parts_in
from ..stages.pipeline import Step
from ..stages.workshop import Workshop

LOCK = "sources.lock.jsonl"
FIELDS = {
    "role": "role",
    "group": "group",
    "split": "split",
    "source_rate_hz": "sample_rate",
    "source_channels": "channels",
    "bandwidth_hz": "bandwidth_hz",
    "start_s": "start_s",
    "licence": "licence",
    "attribution": "attribution",
    "url": "url",
}
"""What an item keeps → what the file calls it; what is not known is left out."""


def write_sources(workshop: Workshop, steps: Sequence[Step]) -> Path:
    """Write one line for each recording that could be used, in the order of their sources.

    ``sha256`` and ``bytes`` are of the recording as it was decoded and converted: of its blob.

    Raises:
        DataError: if a part is damaged.
        StopRun: if the disk is full.
    """
    path = workshop.root / LOCK
    found = _recordings(workshop, steps)
    lines = [json.dumps(facts, ensure_ascii=False, sort_keys=True) for facts in found]
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
    return path


def _recordings(workshop: Workshop, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    for step in steps:
        if not issubclass(step.stage, RootStage):
            continue
        for part in parts_in(workshop.folder(step.name)):
            for item in part.kept():
                if "dataset" in item.data:  # a plan is no recording
                    yield _facts(item, workshop)


def _facts(item: Item, workshop: Workshop) -> dict[str, Any]:
    data = item.data
    sha256 = data["sha256"] if "sha256" in data else data["mixture"]["sha256"]
    known = {ours: data[theirs] for theirs, ours in FIELDS.items() if data.get(theirs) is not None}
    own = {"dataset": data["dataset"], "item": data["item"], "sha256": sha256}
    frames = data.get("frames", workshop.config.samples)
    blob = workshop.blobs.path(sha256)  # it is gone if the recording was taken down
    size = {"bytes": blob.stat().st_size} if blob.exists() else {}
    return {"role": "scene", **known, **own, **size, "frames": frames}
