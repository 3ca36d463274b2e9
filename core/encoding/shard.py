"""A shard of encoded rows: a tar archive, and a record of where in it each row lies.

Of row 17, ``00000017.safetensors`` holds latent and features, and ``00000017.json`` the row's own
fields. The record is a file beside the archive; it appears last, so that what has one is whole.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
import uuid
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import safetensors.torch
from pydantic import Field

from ..config import Config
from ..data.packing import Packed
from ..errors import DataError, WriteError
from ..training.checkpoint_files import file_sha256
from ..whole_file import PART, write_whole

SAFETENSORS, FIELDS = "safetensors", "json"
TREE = "tree"


class Record(Config):
    """What a shard holds; lists have one item for each row."""

    first: int = Field(ge=0, description="Number of its first row in the source.")
    rows: int = Field(ge=0, description="How many there are, broken ones included.")
    bytes: int = Field(ge=0, description="Size of the archive.")
    sha256: str = Field(description="Of the archive.")
    offsets: list[int] = Field(description="Where each row's safetensors begin in the archive.")
    sizes: list[int] = Field(description="Their bytes; 0 for a broken row.")
    crc32: list[int] = Field(description="Their checksums.")
    broken: dict[int, tuple[str, str]] = Field(
        description="Number of a row that is broken in the source → class of the error, message."
    )
    cut: int = Field(ge=0, description="Rows that were longer than a clip, and are cut.")


@dataclass(frozen=True)
class EncodedRow:
    """A row on its way into a shard.

    Attributes:
        number: of the row in its source.
        packed: what was made of it; `None` for a broken row.
        fields: the row's own, and its id, licence and attribution.
        broken: class of the error and message.
        is_cut: whether it was longer than a clip.
    """

    number: int
    packed: Packed | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    broken: tuple[str, str] | None = None
    is_cut: bool = False


def shard_paths(folder: Path, number: int) -> tuple[Path, Path]:
    """Return the archive and the record of a shard."""
    return folder / f"{number:06d}.tar", folder / f"{number:06d}.json"


def write_shard(folder: Path, number: int, rows: range, encoded: Iterable[EncodedRow]) -> Record:
    """Write a shard and its record, each whole or not at all; equal rows give equal bytes.

    Args:
        folder: of the entry.
        number: of the shard.
        rows: which rows of the source it holds.
        encoded: those rows, in order.

    Raises:
        DataError: if the disk is full or the folder cannot be written.
    """
    archive, record_path = shard_paths(folder, number)
    temporary = folder / f".{archive.name}.{uuid.uuid4().hex}{PART}"
    try:
        with _told_of_disk(archive):
            lists = _write_rows(temporary, encoded)
            record = Record(
                first=rows.start,
                rows=len(rows),
                bytes=temporary.stat().st_size,
                sha256=file_sha256(temporary),
                **lists,
            )
            record_path.unlink(missing_ok=True)  # never one record beside another's archive
            temporary.replace(archive)
            write_whole(record_path, record.model_dump_json().encode())
    finally:
        temporary.unlink(missing_ok=True)
    return record


def _write_rows(path: Path, encoded: Iterable[EncodedRow]) -> dict[str, Any]:
    lists: dict[str, Any] = {"offsets": [], "sizes": [], "crc32": [], "broken": {}, "cut": 0}
    with path.open("wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for row in encoded:
                data = b"" if row.packed is None else _to_bytes(row.packed)
                name = f"{row.number:08d}"
                offset = _add(archive, f"{name}.{SAFETENSORS}", data) if data else 0
                _add(archive, f"{name}.{FIELDS}", _json(row.fields))
                lists["offsets"].append(offset)
                lists["sizes"].append(len(data))
                lists["crc32"].append(zlib.crc32(data))
                lists["cut"] += row.is_cut
                if row.broken is not None:
                    lists["broken"][row.number] = row.broken
        _sync(file)
    return lists


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> int:
    """Add a member without anything of this machine or moment; return where its bytes begin."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    archive.addfile(info, io.BytesIO(data))
    return int(archive.offset) - -(-len(data) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _json(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, default=str).encode()


def _to_bytes(packed: Packed) -> bytes:
    tree, tensors = packed
    named = {str(i): tensor for i, tensor in enumerate(tensors)}
    return safetensors.torch.save(named, metadata={TREE: json.dumps(tree)})


@contextmanager
def _told_of_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, WriteError) as failure:
        reason = getattr(failure, "strerror", None) or failure
        raise DataError(
            f"Cannot write {path}: {reason}. What was written before stays; make room, then run "
            "the command again to go on."
        ) from failure


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
