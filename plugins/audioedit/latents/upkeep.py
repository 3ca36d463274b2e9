"""Latents follow their pairs: what was packed anew or taken down is not left lying in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from ....core.errors import DataError
from ..packing.index import read_shard_index
from .record import (
    FOLDER,
    LatentRecord,
    all_latents,
    read_record,
    shard_of,
    stamp,
    write_record,
)


def remove_stale(root: Path) -> int:
    """Delete latents of shards that were packed otherwise since; return how many shards.

    What a data set may not be used for must not lie beside it in another form.
    """
    stale = [path for path in all_latents(root) if not _is_current(path)]
    for path in stale:
        _delete(path)
    return len(stale)


def take_out(latents: Iterable[Path], ids: Collection[str]) -> int:
    """Take pairs out of shards of latents; return how many held some. No codec is needed.

    Shards that cannot be read are deleted, for nothing tells what they hold.

    Raises:
        StopRun: if the disk is full.
    """
    touched = 0
    for path in latents:
        record = _readable(path)
        held = [] if record is None else [s for s in record.index if s.id in ids]
        if record is not None and not held:
            continue
        touched += 1
        if record is None or len(held) == record.samples:
            _delete(path)
        else:
            _write_without(path, record, ids)
    return touched


def follow(shard: Path, audio_sha256: str) -> None:
    """Note in the latents beside a shard of audio that it was written again, without some pairs.

    Only latents of exactly the pairs that it holds now are meant by it; others stay as they are.

    Raises:
        StopRun: if the disk is full.
    """
    pairs = [sample["id"] for sample in read_shard_index(shard).samples]
    for path in latents_beside(shard):
        record = _readable(path)
        if record is not None and [sample.id for sample in record.index] == pairs:
            stamp(path, record.model_copy(update={"audio_sha256": audio_sha256}))


def latents_beside(shard: Path) -> list[Path]:
    """Return the latents of a shard of audio, by all codecs; there may be no record of some."""
    named = (folder / shard.name for folder in sorted(shard.parent.glob(f"{FOLDER}*")))
    return [path for path in named if path.exists() or path.with_suffix(".json").exists()]


def _write_without(path: Path, record: LatentRecord, ids: Collection[str]) -> None:
    data = path.read_bytes()
    kept = [
        (sample.id, {n: data[at : at + size] for n, (at, size) in sample.members.items()})
        for sample in record.index
        if sample.id not in ids
    ]
    write_record(
        path,
        kept,
        codec=record.codec,
        audio_sha256=record.audio_sha256,
        made_with=record.made_with,
    )


def _is_current(path: Path) -> bool:
    record = _readable(path)
    try:
        return record is not None and read_shard_index(shard_of(path)).sha256 == record.audio_sha256
    except DataError:
        return False


def _readable(path: Path) -> LatentRecord | None:
    try:
        return read_record(path)
    except DataError:
        return None


def _delete(path: Path) -> None:
    path.with_suffix(".json").unlink(missing_ok=True)
    path.unlink(missing_ok=True)
