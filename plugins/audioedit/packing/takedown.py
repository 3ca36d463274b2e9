"""Take a recording out of a data set: every pair that used it, and only the shards they are in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ....core.errors import DataError
from ..blobs import BlobStore, write_whole
from ..records import EditRecord
from .selection import drop_source
from .shards import Packed, write_shard


@dataclass(frozen=True)
class TakenDown:
    """What a takedown did.

    Attributes:
        pairs: ids that are gone.
        shards: those that were written again.
        blobs: audio files that nothing uses any more, and that were deleted.
    """

    pairs: list[str]
    shards: list[Packed]
    blobs: int


def take_down(root: Path, source: str, reason: str) -> TakenDown:
    """Remove all pairs that used a recording from shards and manifests, and its audio.

    Args:
        root: folder of the data set.
        source: id of the recording in its data set, or the hash of its blob.
        reason: kept in ``dropped.jsonl``; packing again leaves the pairs out as well.

    Raises:
        DataError: if no pair used it, or a shard cannot be read.
        StopRun: if the disk is full.
    """
    blobs, gone, written = BlobStore(root), list[EditRecord](), list[Packed]()
    left: set[str] = set()
    for shard in sorted((root / "shards").glob("*/*.tar")):
        records = _records(shard)
        used = [record for record in records if _uses(record, source)]
        kept = [record for record in records if record not in used]
        left |= {side.sha256 for record in kept for side in (record.source, record.target)}
        gone += used
        if used and kept:
            written.append(write_shard(shard, kept, blobs))
        elif used:
            shard.unlink()
            shard.with_suffix(".json").unlink()
    if not gone:
        raise DataError(
            f"No packed pair used '{source}'; expected the id of a recording, as a record's "
            "provenance has it, or the hash of its blob."
        )
    drop_source(root, source, reason)
    ids = {record.id for record in gone}
    for manifest in root.glob("manifest-*.jsonl"):
        lines = manifest.read_bytes().splitlines(keepends=True)
        write_whole(manifest, b"".join(line for line in lines if json.loads(line)["id"] not in ids))
    return TakenDown(sorted(ids), written, _delete(blobs, gone, source, left))


def _records(shard: Path) -> list[EditRecord]:
    index = json.loads(shard.with_suffix(".json").read_bytes())["index"]
    data = shard.read_bytes()
    found = []
    for sample in index:
        offset, size = sample["members"]["json"]
        row = json.loads(data[offset : offset + size])
        found.append(EditRecord.model_validate(row["record"]))
    return found


def _uses(record: EditRecord, source: str) -> bool:
    return any(source in {i.item, i.sha256} for i in record.provenance.ingredients)


def _delete(blobs: BlobStore, gone: list[EditRecord], source: str, left: set[str]) -> int:
    """Delete the recording's own blob, and those of pairs that nothing else uses."""
    unused = {side.sha256 for record in gone for side in (record.source, record.target)} - left
    for record in gone:
        unused |= {i.sha256 for i in record.provenance.ingredients if source in {i.item, i.sha256}}
    there = [blobs.path(sha256) for sha256 in unused if blobs.path(sha256).exists()]
    for path in there:
        path.unlink()
    return len(there)
