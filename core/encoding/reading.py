"""Reading encoded rows: their record, their bytes, and everything that can be wrong with them."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch

from .. import errors
from ..config import parse_config
from ..data.packing import Packed, unpack
from ..data.records import EncodedExample
from ..data.shards import DAMAGE
from ..errors import DataError
from ..training.checkpoint_files import file_sha256
from .index import Entry
from .shard import TREE, Record, shard_paths

AGAIN = (
    "Copy it again, or run `audio-omni data encode` with the same recipe and folder: it makes "
    "what is missing or damaged anew."
)


def read_record(folder: Path, number: int, rows: range) -> Record | None:
    """Return the record of a shard that is whole by its size; `None` if it is not there yet.

    Raises:
        DataError: if the record is damaged or of other rows, or the archive is missing or cut off.
    """
    archive, path = shard_paths(folder, number)
    if not path.is_file():
        return None
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError) as failure:
        raise DataError(f"{path} is damaged ({failure}). {AGAIN}") from None
    record = parse_config(Record, values, where=str(path), error=DataError)
    if (record.first, record.rows) != (rows.start, len(rows)):
        raise DataError(
            f"{path} is of {record.rows} rows from {record.first}; expected {len(rows)} from "
            f"{rows.start}. {AGAIN}"
        )
    found = archive.stat().st_size if archive.is_file() else 0
    if found != record.bytes:
        raise DataError(
            f"The shard {archive} has {found} of its {record.bytes} bytes: it was cut off. {AGAIN}"
        )
    return record


def check_bytes(folder: Path, number: int, record: Record) -> None:
    """Raise DataError unless a shard's archive has the bytes that were written."""
    archive, _ = shard_paths(folder, number)
    found = file_sha256(archive)
    if found != record.sha256:
        raise DataError(
            f"The shard {archive} has changed: its sha256 is {found[:12]}…, expected "
            f"{record.sha256[:12]}…. {AGAIN}"
        )


@dataclass(frozen=True)
class _Shard:
    """What of a record is needed to read rows, in little room."""

    archive: Path
    rows: range
    offsets: np.ndarray[Any, Any]
    sizes: np.ndarray[Any, Any]
    crc32: np.ndarray[Any, Any]
    broken: dict[int, tuple[str, str]]


class EncodedRows:
    """The rows of one entry, reached by number.

    Nothing stays open: any number of data workers may share it.

    Attributes:
        entry: which rows they are.
    """

    def __init__(self, root: Path, entry: Entry, shard_rows: int) -> None:
        """Read the records of all shards.

        Raises:
            DataError: if a shard is missing, damaged or cut off; names it, and says what to do.
        """
        self.entry = entry
        self._shard_rows = shard_rows
        folder = root / entry.folder
        wanted = entry.shards(shard_rows)
        records = [read_record(folder, number, rows) for number, rows in enumerate(wanted)]
        missing = [number for number, record in enumerate(records) if record is None]
        if missing:
            raise DataError(
                f"{len(missing)} of {len(wanted)} shards of {entry.name} are not encoded yet, "
                f"first {shard_paths(folder, missing[0])[0]}. Run `audio-omni data encode` with "
                "the same recipe and folder: it goes on where it stopped."
            )
        self._shards = [
            _opened(folder, number, record)
            for number, record in enumerate(records)
            if record is not None
        ]

    def example(self, row: int) -> EncodedExample:
        """Return the encoded example of a row.

        Raises:
            DataError: if the shard is damaged or gone; names it.
            AudioOmniError: what reading the source's row raised, if the row is broken.
        """
        shard = self._shards[row // self._shard_rows]
        place = row - shard.rows.start
        if row in shard.broken:
            kind, message = shard.broken[row]
            raise getattr(errors, kind, DataError)(message)
        size, crc32 = int(shard.sizes[place]), int(shard.crc32[place])
        data = _bytes(shard.archive, int(shard.offsets[place]), size)
        if len(data) != size or zlib.crc32(data) != crc32:
            raise DataError(f"{shard.archive} is damaged or cut off at row {row}. {AGAIN}")
        try:
            return EncodedExample(**unpack(*from_bytes(data)))
        except DAMAGE as failure:
            raise DataError(f"{shard.archive}, row {row}: {failure}. {AGAIN}") from None


def from_bytes(data: bytes) -> Packed:
    """Return what a row's safetensors hold.

    Raises:
        One of `DAMAGE`: if they are not what was written.
    """
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    named = safetensors.torch.load(data)
    tree = json.loads(header["__metadata__"][TREE])
    return tree, [named[str(i)] for i in range(len(named))]


def _opened(folder: Path, number: int, record: Record) -> _Shard:
    return _Shard(
        archive=shard_paths(folder, number)[0],
        rows=range(record.first, record.first + record.rows),
        offsets=np.array(record.offsets, dtype=np.int64),
        sizes=np.array(record.sizes, dtype=np.int64),
        crc32=np.array(record.crc32, dtype=np.uint32),
        broken=record.broken,
    )


def _bytes(archive: Path, offset: int, size: int) -> bytes:
    try:
        with archive.open("rb", buffering=0) as file:
            file.seek(offset)
            return file.read(size)
    except OSError as failure:
        raise DataError(f"{archive} cannot be read: {failure.strerror}. {AGAIN}") from None
