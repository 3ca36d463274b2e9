"""Files that are either whole or as they were before."""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import WriteError

PART = ".part"
"""How names of files end that are being written."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_whole(path: Path, data: bytes | memoryview[Any], *, make_folders: bool = False) -> None:
    """Write bytes so that ``path`` holds either all of them or what it held before.

    They are written into a file beside it, synced to the disk, and renamed.

    Args:
        path: the file.
        data: all that it shall hold.
        make_folders: make the folders above it that are missing.

    Raises:
        WriteError: if the folder is missing or cannot be written, the disk is full, or the quota
            spent; nothing of the new bytes is left.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{PART}")
    try:
        if make_folders:
            path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as failure:
        with suppress(OSError):  # where it was to lie may be no folder
            temporary.unlink()
        raise WriteError(
            f"Cannot write {path}: {failure.strerror} ({len(data)} bytes). Check that the folder "
            "exists, is writable and has room.",
            disk_full=failure.errno in _FULL,
        ) from None
