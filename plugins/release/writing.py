"""Write files of tensors one tensor at a time, so that memory holds one and not all."""

from __future__ import annotations

import hashlib
import json
import math
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import torch
from torch import Tensor

from ...core.errors import CheckpointError
from .tensors import DTYPES, STATE_DICT

TYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}
ALIGNMENT = 8
BLOCK = 1 << 24


class Entry(NamedTuple):
    """A tensor to write: its type and shape at once, its values when their turn comes."""

    dtype: torch.dtype
    shape: tuple[int, ...]
    read: Callable[[], Tensor]

    @property
    def nbytes(self) -> int:
        """Return the size of its values, in bytes."""
        return math.prod(self.shape) * self.dtype.itemsize


def write_safetensors(
    path: Path, entries: Mapping[str, Entry], metadata: Mapping[str, str] | None = None
) -> str:
    """Write a safetensors file, and return the sha256 of its bytes.

    The format wants all names and sizes first, which is why an entry knows them before it is
    read; safetensors' own writer would hold every tensor at once.

    Raises:
        CheckpointError: if a tensor is not of the type and shape that were announced.
        OSError: if the disk is full.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt", **(metadata or {})}}
    position = 0
    for name, entry in entries.items():
        end = position + entry.nbytes
        header[name] = {
            "dtype": TYPE_NAMES[entry.dtype],
            "shape": list(entry.shape),
            "data_offsets": [position, end],
        }
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in (len(text).to_bytes(8, "little"), text):
            file.write(block)
            digest.update(block)
        for name, entry in entries.items():
            values = _bytes_of(name, entry)
            for start in range(0, len(values), BLOCK):
                digest.update(values[start : start + BLOCK])
            file.write(values)
    return digest.hexdigest()


def write_checkpoint(path: Path, entries: Mapping[str, Entry], *, nested: bool = True) -> None:
    """Write a PyTorch checkpoint: room for the values first, then each where it belongs.

    Args:
        path: the file.
        entries: tensors by name.
        nested: whether they stand under ``"state_dict"``, or are all there is.

    Raises:
        CheckpointError: if a tensor is not of the type and shape that were announced.
        OSError: if the disk is full.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.serialization import skip_data

    with FakeTensorMode():
        empty = {n: torch.empty(e.shape, dtype=e.dtype) for n, e in entries.items()}
    with skip_data(materialize_fake_tensors=True):
        torch.save({STATE_DICT: empty} if nested else empty, path)
    with FakeTensorMode():
        loaded = torch.load(path, weights_only=True)
    places = loaded[STATE_DICT] if nested else loaded
    checksums = {}
    with path.open("r+b") as file:
        for name, entry in entries.items():
            if entry.nbytes:
                values = _bytes_of(name, entry)
                place = places[name].untyped_storage()._checkpoint_offset
                checksums[place] = zlib.crc32(values)
                file.seek(place)
                file.write(values)
        _write_checksums(file, checksums)


def _write_checksums(file: BinaryIO, checksums: Mapping[int, int]) -> None:
    """Complete a zip archive whose members were filled in after it was made.

    A member's checksum stands behind its data, and in the directory at the archive's end.

    Args:
        file: the archive.
        checksums: CRC-32 by the place where a member's data begins.
    """
    with zipfile.ZipFile(file) as archive:
        members, directory = archive.infolist(), archive.start_dir
    for member in members:
        file.seek(member.header_offset + 26)
        name_length, extra_length = struct.unpack("<HH", file.read(4))
        data = member.header_offset + 30 + name_length + extra_length
        file.seek(directory + 28)
        lengths = struct.unpack("<HHH", file.read(6))
        if data in checksums:
            checksum = struct.pack("<I", checksums[data])
            file.seek(directory + 16)
            file.write(checksum)
            file.seek(data + member.file_size + 4)  # behind the descriptor's signature
            file.write(checksum)
        directory += 46 + sum(lengths)


def _bytes_of(name: str, entry: Entry) -> memoryview:
    values = entry.read().to(entry.dtype).contiguous()
    if tuple(values.shape) != entry.shape:
        raise CheckpointError(
            f"Tensor '{name}' has the shape {tuple(values.shape)} where {entry.shape} was expected."
        )
    flat: Any = values.reshape(-1).view(torch.uint8).numpy()
    return memoryview(flat)
