"""Where cached features lie, how much room they take, and what goes when it is too much.

A cache folder holds one folder for each frozen network and its options, with shards in it.
Loads no torch: ``audio-omni doctor`` looks in here, too.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "AUDIO_OMNI_CACHE"
NAME = re.compile(r"[0-9a-f]{32}\.safetensors")
PART = re.compile(r"\.[0-9a-f]{32}\.safetensors\.\d+\.part")
HEARD_GB = 10.0
"""What is kept of what metrics heard and measured: about a million clips of ten seconds."""

STALE_SECONDS = 24 * 3600
"""A file that has been in writing for so long was left by a process that was killed."""


@dataclass(frozen=True)
class ShardFile:
    """A shard as the disk knows it.

    Attributes:
        path: the file.
        size: in bytes.
        used: when it was last written or read, in seconds of the clock.
    """

    path: Path
    size: int
    used: float


def default_cache_folder() -> Path:
    """Return the folder of features: below ``AUDIO_OMNI_CACHE``, or the user's cache folder.

    The user's is ``XDG_CACHE_HOME``, left out: ``~/.cache``.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser() / "features"
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "audio-omni" / "features"


def heard_folder() -> Path:
    """Return the folder of what metrics heard and measured, beside that of features."""
    return default_cache_folder().with_name("heard")


def shard_files(folder: Path) -> list[ShardFile]:
    """Return the shards in a cache folder, the longest unused one first."""
    return sorted(_matching(folder, NAME), key=lambda shard: (shard.used, shard.path.name))


def make_room(folder: Path, most_bytes: int) -> list[ShardFile]:
    """Remove shards, the longest unused ones first, until the rest takes ``most_bytes`` or less.

    Other processes may read and write meanwhile: what they have open stays readable to them.

    Returns:
        What was removed.
    """
    for left in _matching(folder, PART):
        if left.used < time.time() - STALE_SECONDS:
            _remove(left.path)
    shards = shard_files(folder)
    surplus = sum(shard.size for shard in shards) - most_bytes
    removed = []
    for shard in shards:
        if surplus <= 0:
            break
        _remove(shard.path)
        removed.append(shard)
        surplus -= shard.size
    return removed


def mark_used(path: Path) -> None:
    """Make a shard the last one to be removed; one that is gone or not ours to touch is left."""
    with suppress(OSError):
        os.utime(path)


def _matching(folder: Path, name: re.Pattern[str]) -> Iterator[ShardFile]:
    """Yield files with a shard's kind of name, one level down; no others are ever touched."""
    for path in folder.glob("*/*"):
        if name.fullmatch(path.name):
            with suppress(FileNotFoundError):  # another process may remove it meanwhile
                facts = path.stat()
                yield ShardFile(path, facts.st_size, facts.st_mtime)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
