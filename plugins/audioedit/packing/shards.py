"""Pairs as WebDataset shards, the same bytes whenever they are packed."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....core.errors import DataError
from ..blobs import BlobStore, write_whole
from ..config import PackConfig
from ..records import EditRecord
from ..report.credits import ATTRIBUTION, write_attribution
from .rows import row_of

SOURCE, TARGET, FACTS = "source.flac", "target.flac", "json"
STEMS = {"event": "event.flac", "residual": "residual.flac"}
"""Stem of a record → its member, where stems were asked for."""


@dataclass(frozen=True)
class Packed:
    """A shard that was written.

    Attributes:
        path: the archive.
        samples: how many pairs it holds.
        sha256: of the archive.
        bytes: its size.
        tasks: task → pairs.
    """

    path: Path
    samples: int
    sha256: str
    bytes: int
    tasks: dict[str, int]


def pack(
    records: Sequence[EditRecord], blobs: BlobStore, folder: Path, config: PackConfig
) -> Iterator[Packed]:
    """Write shards ``<split>/<task>-<branch>-000000.tar``, each with a ``.json`` beside it.

    Records are taken in their order, so that the first shards are a fair sample; within a shard
    members are sorted by id. Shards that are there and of other names are removed. ``ATTRIBUTION``
    beside the shards of each split tells whom to credit for what is in them.

    Raises:
        DataError: if a blob is missing or damaged.
        StopRun: if the disk is full.
    """
    written: set[Path] = set()
    for split, stem, group in _groups(records, config):
        for number, chunk in enumerate(_chunks(group, blobs, config)):
            path = folder / split / f"{stem}-{number:06d}.tar"
            written |= {path, path.with_suffix(".json")}
            yield write_shard(path, chunk, blobs, stems=config.stems)
    for split in {record.split for record in records}:
        own = [record for record in records if record.split == split]
        written.add(write_attribution(own, folder / split / ATTRIBUTION))
    for path in folder.glob("*/*"):
        if path not in written and (path.suffix in {".tar", ".json"} or path.name == ATTRIBUTION):
            path.unlink()


def write_shard(
    path: Path, records: Iterable[EditRecord], blobs: BlobStore, *, stems: bool = False
) -> Packed:
    """Write one shard and its index.

    The index tells where members lie, so that readers need not walk the archive.
    """
    buffer, index = io.BytesIO(), []
    tasks: Counter[str] = Counter()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for record in sorted(records, key=lambda record: record.id):
            row = json.dumps(row_of(record), ensure_ascii=False, sort_keys=True).encode()
            members = {FACTS: row, **_audio(record, blobs, stems=stems)}
            places = {
                name: append_member(archive, f"{record.id}.{name}", data)
                for name, data in sorted(members.items())
            }
            index.append({"id": record.id, "members": places})
            tasks[record.task] += 1
    data = buffer.getbuffer()
    sha256 = hashlib.sha256(data).hexdigest()
    facts: dict[str, Any] = {
        "samples": len(index),
        "sha256": sha256,
        "bytes": len(data),
        "tasks": dict(sorted(tasks.items())),
        "index": index,
    }
    write_whole(path, data)
    write_whole(path.with_suffix(".json"), (json.dumps(facts) + "\n").encode())
    return Packed(path, len(index), sha256, len(data), facts["tasks"])


def _audio(record: EditRecord, blobs: BlobStore, *, stems: bool) -> dict[str, bytes]:
    try:
        return {
            SOURCE: blobs.bytes(record.source.sha256),
            TARGET: blobs.bytes(record.target.sha256),
            **(_stems(record, blobs) if stems else {}),
        }
    except DataError as failure:
        raise DataError(f"Pair {record.id}: {failure}") from None


def _stems(record: EditRecord, blobs: BlobStore) -> dict[str, bytes]:
    known = record.stems or {}
    return {STEMS[name]: blobs.bytes(facts.sha256) for name, facts in known.items()}


def append_member(archive: tarfile.TarFile, name: str, data: bytes) -> list[int]:
    """Add a member without time or owner; return its offset and size."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
    return [archive.offset - -(-len(data) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE, len(data)]


def _groups(
    records: Sequence[EditRecord], config: PackConfig
) -> Iterator[tuple[str, str, list[EditRecord]]]:
    """Yield split, stem of the shards' names, and the records of each."""
    groups: dict[tuple[str, str], list[EditRecord]] = {}
    for record in records:
        task = record.task if config.by_task else "pairs"
        groups.setdefault((record.split, f"{task}-{record.branch}"), []).append(record)
    for split, stem in sorted(groups):
        yield split, stem, groups[split, stem]


def _chunks(
    records: Sequence[EditRecord], blobs: BlobStore, config: PackConfig
) -> Iterator[list[EditRecord]]:
    chunk: list[EditRecord] = []
    size = 0
    for record in records:
        own = sum(blobs.path(s.sha256).stat().st_size for s in (record.source, record.target)
                  if blobs.path(s.sha256).exists())  # fmt: skip
        if chunk and (len(chunk) >= config.shard_samples or size + own > config.shard_bytes):
            yield chunk
            chunk, size = [], 0
        chunk.append(record)
        size += own
    if chunk:
        yield chunk
