"""Encoded examples that were computed before, in memory and on disk: what a pool is built from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import DataError
from .packing import Packed, pack, unpack
from .records import EncodedExample
from .shards import DAMAGE, Shard, shard_paths, write_shard


class ExampleCache:
    """Keeps encoded examples by key, all of them in memory.

    Args:
        folder: where shards are; `None` keeps everything in memory only. It belongs to one model:
            the caller names it after whatever decides the features.
        shard_examples: how many new examples make a shard.
        half: store floating-point tensors as float16; they come back in their own type, with
            half's precision.

    Attributes:
        damaged: shards that could not be read; they were removed, and their examples will be
            computed again.
    """

    def __init__(
        self, folder: Path | None = None, *, shard_examples: int = 256, half: bool = False
    ) -> None:
        """Read the shards that are there.

        Raises:
            DataError: if the folder cannot be made.
        """
        self.folder = folder
        self.shard_examples = shard_examples
        self.half = half
        self.damaged: list[str] = []
        self._known: dict[str, EncodedExample] = {}
        self._unsaved: dict[str, EncodedExample] = {}
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as failure:
                raise DataError(
                    f"Cannot make the cache {folder}: {failure.strerror}. Expected a folder that "
                    "can be written; set loader.pool_folder to one, or leave it out."
                ) from None
            for path in list(shard_paths(folder)):
                self._read(path)

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self._known)

    def __contains__(self, key: object) -> bool:
        return key in self._known

    def get(self, key: str | None) -> EncodedExample | None:
        """Return the example of a key, or `None`; `None` is never a known key."""
        return None if key is None else self._known.get(key)

    def put(self, example: EncodedExample) -> None:
        """Keep an example under its own key; one without a key is passed over.

        Raises:
            DataError: if it holds something besides tensors, numbers, text, lists and mappings.
        """
        key = example.key
        if key is None or key in self._known:
            return
        if self.half:
            example = _unpack(key, *_pack(example, half=True))  # the same now and after a restart
        self._known[key] = example
        if self.folder is not None:
            self._unsaved[key] = example
            if len(self._unsaved) >= self.shard_examples:
                self.flush()

    def flush(self) -> None:
        """Write what is not on disk yet as a shard; call it at the end.

        Raises:
            MediaError: if the disk is full or the folder cannot be written.
        """
        if self.folder is None or not self._unsaved:
            return
        packed = {key: _pack(e, half=self.half) for key, e in self._unsaved.items()}
        write_shard(self.folder, packed)
        self._unsaved.clear()

    def _read(self, path: Path) -> None:
        try:
            shard = Shard(path)
            self._known.update({key: _unpack(key, *shard.read(key)) for key in shard.keys})
        except DAMAGE:
            self.damaged.append(path.name)
            path.unlink(missing_ok=True)


def _pack(example: EncodedExample, *, half: bool) -> Packed:
    kept = {
        "task": example.task,
        "samples": example.samples,
        "latent": example.latent,
        "features": dict(example.features),
        "skip": example.skip,
    }
    return pack(kept, f"Example '{example.key}'", half=half)


def _unpack(key: str, tree: dict[str, Any], tensors: list[Any]) -> EncodedExample:
    return EncodedExample(key=key, **unpack(tree, [tensor.clone() for tensor in tensors]))
