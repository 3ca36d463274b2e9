"""Take a recording out of a data set: every pair that used it, and only the shards they are in."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....core.data.jsonl import read_jsonl
from ....core.errors import DataError
from ..blobs import BlobStore, write_whole
from ..latents.record import all_latents
from ..latents.upkeep import follow, latents_beside, take_out
from ..records import EditRecord
from ..report.credits import ATTRIBUTION, write_attribution
from ..stages.parts import parts_in
from .selection import drop_source, read_dropped
from .shards import STEMS, Packed, write_shard


@dataclass(frozen=True)
class TakenDown:
    """What a takedown did.

    Attributes:
        pairs: ids that are gone.
        shards: those that were written again.
        latents: shards of latents that some were taken out of.
        blobs: audio files that nothing uses any more, and that were deleted.
    """

    pairs: list[str]
    shards: list[Packed]
    latents: int
    blobs: int


def take_down(root: Path, source: str, reason: str) -> TakenDown:
    """Remove all pairs that used a recording from shards, latents and manifests, and its audio.

    Args:
        root: folder of the data set.
        source: id of the recording in its data set, or the hash of its blob.
        reason: kept in ``dropped.jsonl``; packing again leaves the pairs out as well.

    Noted first, and out of the manifests last: ended in between, the same call goes on.

    Raises:
        DataError: if no pair used it, or a shard cannot be read.
        StopRun: if the disk is full.
    """
    blobs, gone, written = BlobStore(root), _users(root, source), list[Packed]()
    noted = source in read_dropped(root)
    if not gone and not noted:
        raise DataError(
            f"No packed pair used '{source}'; expected the id of a recording, as a record's "
            "provenance has it, or the hash of its blob."
        )
    if not noted:
        drop_source(root, source, reason)
    left: set[str] = set()
    latents = 0
    stays: dict[Path, list[EditRecord]] = defaultdict(list)
    touched: set[Path] = set()
    for shard in sorted((root / "shards").glob("*/*.tar")):
        records = _records(shard)
        used = [record for record in records if _uses(record, source)]
        kept = [record for record in records if record not in used]
        left |= {sha256 for record in kept for sha256 in _tracks(record)}
        stays[shard.parent] += kept
        touched |= {shard.parent} if used else set()
        # First, so that a takedown that is stopped here still finds its pairs when it is repeated.
        latents += take_out(latents_beside(shard), {record.id for record in used}) if used else 0
        if used and kept:
            written.append(write_shard(shard, kept, blobs, stems=_has_stems(shard)))
            follow(shard, written[-1].sha256)
        elif used:
            shard.unlink()
            shard.with_suffix(".json").unlink()
    for folder in touched:
        _credit(stays[folder], folder / ATTRIBUTION)
    deleted = _delete(blobs, gone, _made_of(root, source), source, left)
    ids = {record.id for record in gone}
    latents += take_out(all_latents(root), ids)
    for manifest in root.glob("manifest-*.jsonl"):
        lines = manifest.read_bytes().splitlines(keepends=True)
        write_whole(manifest, b"".join(line for line in lines if json.loads(line)["id"] not in ids))
    return TakenDown(sorted(ids), written, latents, deleted)


def _credit(records: list[EditRecord], path: Path) -> None:
    """Write whom to credit for what stays of a split's shards; nobody if nothing does."""
    if records:
        write_attribution(records, path)
    else:
        path.unlink(missing_ok=True)


def _users(root: Path, source: str) -> list[EditRecord]:
    """Return the records that used a recording: of the manifests, or without any, of the shards."""
    manifests = sorted(root.glob("manifest-*.jsonl"))
    rows = (row for path in manifests for _, row in read_jsonl(path))
    listed: Iterable[EditRecord] = (EditRecord.model_validate(row["record"]) for row in rows)
    if not manifests:
        listed = (r for shard in sorted((root / "shards").glob("*/*.tar")) for r in _records(shard))
    return [record for record in listed if _uses(record, source)]


def _records(shard: Path) -> list[EditRecord]:
    index = json.loads(shard.with_suffix(".json").read_bytes())["index"]
    data = shard.read_bytes()
    found = []
    for sample in index:
        offset, size = sample["members"]["json"]
        row = json.loads(data[offset : offset + size])
        found.append(EditRecord.model_validate(row["record"]))
    return found


def _has_stems(shard: Path) -> bool:
    index = json.loads(shard.with_suffix(".json").read_bytes())["index"]
    return any(member in sample["members"] for sample in index for member in STEMS.values())


def _uses(record: EditRecord, source: str) -> bool:
    return any(source in {i.item, i.sha256} for i in record.provenance.ingredients)


def _tracks(record: EditRecord) -> set[str]:
    """Return the hashes of a pair's audio, its stems included."""
    sides = (record.source, record.target, *(record.stems or {}).values())
    return {side.sha256 for side in sides}


def _made_of(root: Path, source: str) -> Iterator[str]:
    """Yield the hashes of what stages wrote of a recording, such as its separated parts."""
    for folder in sorted((root / "stages").glob("*/*")):
        for part in parts_in(folder):
            for item in part.kept():
                tracks = [value["sha256"] for value in item.data.values() if _is_track(value)]
                if source == item.data.get("item") or source in tracks:
                    yield from tracks


def _is_track(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("sha256"), str)


def _delete(
    blobs: BlobStore, gone: list[EditRecord], made: Iterable[str], source: str, left: set[str]
) -> int:
    """Delete a recording's own blob, what was made of it, and pairs' that nothing else uses."""
    unused = ({sha256 for record in gone for sha256 in _tracks(record)} | set(made)) - left
    for record in gone:
        unused |= {i.sha256 for i in record.provenance.ingredients if source in {i.item, i.sha256}}
    there = [blobs.path(sha256) for sha256 in unused if blobs.path(sha256).exists()]
    for path in there:
        path.unlink()
    return len(there)
