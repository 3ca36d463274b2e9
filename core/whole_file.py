"""Files that are either whole or as they were before."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from .errors import WriteError

PART = ".part"
"""How names of files end that are being written."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_OWNER = re.compile(rf"\.(?P<host>[0-9a-f]{{8}})-(?P<pid>\d+)-[0-9a-f]{{8}}{re.escape(PART)}$")


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
    temporary = temporary_beside(path)
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


def temporary_beside(path: Path) -> Path:
    """Return where to write a file that is then renamed to ``path``; its name tells whose it is."""
    owner = f"{_here()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    return path.with_name(f".{path.name}.{owner}{PART}")


def left_by_the_dead(folder: Path) -> Iterator[Path]:
    """Yield files that processes of this machine were writing when they were killed."""
    for path in folder.rglob(f".*{PART}"):
        owner = _OWNER.search(path.name)
        if owner and owner["host"] == _here() and not is_alive(int(owner["pid"])):
            yield path


def is_alive(pid: int) -> bool:
    """Tell whether a process of this machine is there, whoever's it is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _here() -> str:
    """Return eight letters for this machine."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
