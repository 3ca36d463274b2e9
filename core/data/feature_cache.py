"""Features of a frozen network that were computed before, on disk, by the content they are of.

A caption that stands in a thousand rows, in several tasks and runs, is encoded once. In memory
there are keys, features that wait to be written, and nothing else: the rest is read when it is
asked for, through the operating system's cache of files.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from ..errors import WriteError
from .cache_folder import mark_used
from .packing import Packed, pack, unpack
from .shards import DAMAGE, Shard, shard_paths, write_shard

SHARD_FEATURES = 1024
SHARD_BYTES = 32 * 2**20
OPEN_SHARDS = 256
"""Opening takes up to 6 ms, and an open shard up to 0.7 MB (measured)."""

Compute = Callable[[list[Any]], list[Any]]
"""Runs the frozen network over prepared payloads: one feature each."""

logger = logging.getLogger("audio_omni.cache")


class FeatureCache:
    """Keeps the features of one frozen network with one set of options.

    What comes back is what was computed, bit for bit. A shard that turns out to be damaged is
    removed, and its features are computed again; a disk that takes no more is told of once, and
    the run goes on.

    Attributes:
        folder: where the shards are.
        computed: features that the network was run for.
        reused: features that it was not run for.
    """

    def __init__(
        self,
        folder: Path,
        *,
        shard_features: int = SHARD_FEATURES,
        shard_bytes: int = SHARD_BYTES,
        on_write: Callable[[], None] = lambda: None,
    ) -> None:
        """Read the headers of the shards that are there.

        Args:
            folder: where shards are. It is named after whatever decides a feature but the payload.
            shard_features: how many new features make a shard.
            shard_bytes: how many bytes of them do.
            on_write: called after each shard, to bound what all caches take together.

        Raises:
            OSError: if the folder cannot be made.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.shard_features = shard_features
        self.shard_bytes = shard_bytes
        self.on_write = on_write
        self.computed = self.reused = 0
        self._shard_of: dict[str, Path] = {}
        self._seen: set[Path] = set()
        self._open: OrderedDict[Path, Shard] = OrderedDict()
        self._unsaved: dict[str, Packed] = {}
        self._unsaved_bytes = 0
        self._is_writable = True
        self._look_for_shards()

    def __len__(self) -> int:
        """Return the number of features that are known."""
        return len(self._shard_of.keys() | self._unsaved.keys())

    def features(self, prepared: Sequence[Any], keys: Sequence[str], compute: Compute) -> list[Any]:
        """Return the feature of each prepared payload; equal payloads are computed once.

        Args:
            prepared: payloads, none of them `None`.
            keys: the digest of each one's content.
            compute: called with the payloads whose features are unknown, if there are any.

        Raises:
            DataError: if a feature holds something that no file can.
        """
        by_key = dict(zip(keys, prepared, strict=True))
        found = {key: self._get(key) for key in by_key}
        missing = [key for key, packed in found.items() if packed is None]
        if missing:
            for key, feature in zip(missing, compute([by_key[k] for k in missing]), strict=True):
                found[key] = self._put(key, feature)
        self.computed += len(missing)
        self.reused += len(keys) - len(missing)
        # Both kinds are unpacked alike, so that nothing can tell a feature that was just computed.
        features = {key: unpack(*packed) for key, packed in found.items() if packed is not None}
        return [features[key] for key in keys]

    def flush(self) -> None:
        """Write what is not on disk yet, and look for what other processes have written."""
        if not self._unsaved:
            return
        try:
            path = write_shard(self.folder, self._unsaved)
        except WriteError as failure:
            self._is_writable = False
            logger.warning("Features are no longer kept. %s", failure)
        else:
            self._seen.add(path)
            self._shard_of |= dict.fromkeys(self._unsaved, path)
            self._look_for_shards()
            self.on_write()
        self._unsaved, self._unsaved_bytes = {}, 0

    def _get(self, key: str) -> Packed | None:
        if key in self._unsaved:
            return self._unsaved[key]
        path = self._shard_of.get(key)
        if path is None:
            return None
        try:
            tree, tensors = self._shard(path).read(key)
        except DAMAGE as failure:
            self._forget(path, failure)
            return None
        return tree, [tensor.clone() for tensor in tensors]  # else the whole file stays mapped

    def _put(self, key: str, feature: Any) -> Packed:
        packed = pack(feature, f"Feature '{key}'")
        if self._is_writable:
            self._unsaved[key] = packed
            self._unsaved_bytes += sum(_size(tensor) for tensor in packed[1])
            if self._unsaved_bytes >= self.shard_bytes or len(self._unsaved) >= self.shard_features:
                self.flush()
        return packed

    def _shard(self, path: Path) -> Shard:
        """Return a shard, open; the ones that were not read for the longest time are closed."""
        if path not in self._open:
            self._open[path] = Shard(path)
            mark_used(path)
            if len(self._open) > OPEN_SHARDS:
                self._open.popitem(last=False)
        self._open.move_to_end(path)
        return self._open[path]

    def _look_for_shards(self) -> None:
        for path in shard_paths(self.folder):
            if path in self._seen:
                continue
            self._seen.add(path)
            try:
                for key in Shard(path).keys:
                    self._shard_of.setdefault(key, path)
            except DAMAGE as failure:
                self._forget(path, failure)

    def _forget(self, path: Path, failure: Exception) -> None:
        """Leave a shard out from now on; one that is there, but damaged, is removed."""
        self._open.pop(path, None)
        self._shard_of = {key: at for key, at in self._shard_of.items() if at != path}
        if not isinstance(failure, FileNotFoundError):  # another process made room
            logger.warning(
                "Removed the damaged cache file %s (%s); its features are computed again.",
                path,
                failure,
            )
            path.unlink(missing_ok=True)


def _size(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()
