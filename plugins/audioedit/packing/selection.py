"""Which finished pairs a data set keeps: none that is blocked, taken down, or on two sides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ....core.data.jsonl import read_jsonl
from ..blobs import write_whole
from ..config import AudioEditConfig
from ..licences import allows
from ..quotas import asked_for, within
from ..records import EditRecord
from ..repeats import once_each
from ..splits.assignment import assign_splits, check_splits
from ..splits.blocklist import blocked_by
from ..stages.workshop import Workshop
from .unleaked import without_leaks

DROPPED = "dropped.jsonl"
"""Recordings that were taken down, one a line, with the reason."""


@dataclass(frozen=True)
class Selection:
    """What is packed, and what is not.

    Attributes:
        records: pairs that stay, each in its split.
        left_out: reason → pairs.
    """

    records: list[EditRecord]
    left_out: Counter[str]


def select(workshop: Workshop, records: Sequence[EditRecord]) -> Selection:
    """Return the pairs that stay (spec section 5.2).

    Splits of the synthesis branch were drawn with the scenes; those of the real branch are drawn
    here, for all that recordings join at once. Where two recordings of different splits are the
    same by ear, the training side goes; ``reports/leak.json`` tells which.

    Raises:
        DataError: if a recording is still on two sides, or the blocklist cannot be read.
    """
    left_out: Counter[str] = Counter()
    split = workshop.config.split
    assignment = assign_splits(
        [record.groups for record in records],
        key=workshop.config.key,
        fixed={g: r.split for r in records if _is_set(r) for g in r.groups},
        blocked=blocked_by(split),
        validation_fraction=split.validation_fraction,
    )
    dropped = read_dropped(workshop.root)
    kept = []
    for record in records:
        own = assignment.of(record.groups)
        if own is None:
            left_out["blocked"] += 1
        elif any(i.item in dropped or i.sha256 in dropped for i in record.provenance.ingredients):
            left_out["taken_down"] += 1
        else:
            kept.append(record if own == record.split else record.model_copy(update={"split": own}))
    if split.leak_guard:
        kept = without_leaks(workshop, kept, left_out)
    kept = _wanted(workshop.config, kept, left_out)
    check_splits(kept)
    return Selection(kept, left_out)


def _wanted(
    config: AudioEditConfig, records: list[EditRecord], left_out: Counter[str]
) -> list[EditRecord]:
    """Return the records that may be used as the data set is to be, once each, and no more."""
    pack = config.pack
    licensed = [r for r in records if allows(r.licence, pack.commercial_only, pack.licences)]
    once = once_each(licensed)
    most = asked_for(config) if config.real is not None else {}
    kept = within(once, {kind: n for kind, n in most.items() if kind[0] == "real"})
    for reason, before, after in (
        ("licence", records, licensed), ("duplicate", licensed, once), ("over_quota", once, kept),
    ):  # fmt: skip
        if len(after) < len(before):
            left_out[reason] += len(before) - len(after)
    return kept


def read_dropped(root: Path) -> dict[str, str]:
    """Return the recordings that were taken down: id or hash → reason."""
    path = root / DROPPED
    if not path.is_file():
        return {}
    return {str(row["source"]): str(row["reason"]) for _, row in read_jsonl(path)}


def _is_set(record: EditRecord) -> bool:
    """Tell whether a record's split was decided before: with its scene, or by its data set."""
    return record.branch == "synth" or record.split == "test"


def drop_source(root: Path, source: str, reason: str) -> None:
    """Note that a recording is taken down; `select` leaves out what it was used for.

    Raises:
        StopRun: if the disk is full; then it is not noted at all.
    """
    path = root / DROPPED
    before = path.read_bytes() if path.is_file() else b""
    line = json.dumps({"source": source, "reason": reason}, ensure_ascii=False)
    write_whole(path, before + f"{line}\n".encode())
