"""``quarantine.jsonl``: items of which nothing could be told, with the reason, at a set's root."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from .blobs import write_whole
from .stages.parts import parts_in
from .stages.pipeline import Step
from .stages.workshop import Workshop

QUARANTINE = "quarantine.jsonl"
TOLD = ("id", "reason", "detail", "retryable", "attempt")


def write_quarantine(workshop: Workshop, steps: Sequence[Step]) -> Path | None:
    """Write down what failed for good, or for now: one line for each item.

    Returns:
        The file; `None` where nothing failed, and then there is none.

    Raises:
        DataError: if a part is damaged.
        StopRun: if the disk is full.
    """
    path = workshop.root / QUARANTINE
    lines = list(_lines(workshop, steps))
    if not lines:
        path.unlink(missing_ok=True)
        return None
    write_whole(path, "".join(f"{line}\n" for line in lines).encode())
    return path


def _lines(workshop: Workshop, steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        for part in parts_in(workshop.folder(step.name)):
            for line in part.lines():
                if line.outcome == "failed":
                    facts = {name: getattr(line, name) for name in TOLD}
                    yield json.dumps({"stage": step.name, **facts}, ensure_ascii=False)
