"""Shards: files of many packed values by key, each with a checksum of its own.

A shard is one safetensors file. Tensors lie in it by number; what they belong to is JSON in its
header. Shards appear whole or not at all, and are never changed: any number of processes may
write to a folder, and read from it, at the same time.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ..whole_file import write_whole
from .cache_folder import NAME
from .content import content_digest
from .packing import Packed

FORMAT = "audio-omni-shard-2"
DAMAGE = (SafetensorError, OSError, ValueError, KeyError, TypeError, IndexError)
"""What reading a shard may raise if it is not what was written."""


class Shard:
    """A shard that is open for reading: its header is in memory, its tensors are on disk.

    Attributes:
        path: the file; it may be gone by now, which does not matter to an open shard.
        keys: what is in it, in the order of writing.
    """

    def __init__(self, path: Path) -> None:
        """Read the header.

        Raises:
            One of `DAMAGE`: `FileNotFoundError` if the file is gone, the others if it is damaged.
        """
        self.path = path
        self._file: Any = safe_open(str(path), framework="pt")
        metadata = self._file.metadata() or {}  # type: ignore[no-untyped-call]
        if metadata["format"] != FORMAT:
            raise ValueError(f"not a shard of the format {FORMAT}")
        entries = json.loads(metadata["entries"])
        self._entries = {entry["key"]: (i, entry) for i, entry in enumerate(entries)}
        self.keys = tuple(self._entries)

    def read(self, key: str) -> Packed:
        """Return what was packed under a key; its tensors are views of the file.

        Raises:
            One of `DAMAGE`: if it is not what was written.
        """
        number, entry = self._entries[key]
        count = int(entry["tensors"])
        tensors: list[Tensor] = [self._file.get_tensor(f"{number}.{i}") for i in range(count)]
        if entry["checksum"] != content_digest([key, entry["tree"], tensors]):
            raise ValueError(f"the values of '{key}' have changed")
        return entry["tree"], tensors


def write_shard(folder: Path, values: Mapping[str, Packed]) -> Path:
    """Write a shard under a name that no other has, and return its path.

    Raises:
        WriteError: if the disk is full or the folder cannot be written.
    """
    entries: list[dict[str, Any]] = []
    tensors: dict[str, Tensor] = {}
    for number, (key, (tree, own)) in enumerate(values.items()):
        checksum = content_digest([key, tree, own])
        entries.append({"key": key, "tree": tree, "tensors": len(own), "checksum": checksum})
        tensors |= {f"{number}.{i}": tensor for i, tensor in enumerate(own)}
    metadata = {"format": FORMAT, "entries": json.dumps(entries)}
    path = folder / f"{uuid.uuid4().hex}.safetensors"
    write_whole(path, save(tensors, metadata=metadata))
    return path


def shard_paths(folder: Path) -> Iterator[Path]:
    """Yield the shards of a folder, by name; other files are none of ours."""
    return (path for path in sorted(folder.iterdir()) if NAME.fullmatch(path.name))
