"""Why a run ends before its work is done; the command line exits with 3."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from ....core.errors import AudioOmniError, WriteError

EXIT_CODE = 3
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class StopRun(AudioOmniError):
    """A run ended early and cleanly: nothing is lost, and the same command goes on."""


@contextmanager
def stopping_if_full(what: str) -> Iterator[None]:
    """End the run where a file cannot be written that is not written whole: a journal, a lock.

    Raises:
        StopRun: if the disk is full or the quota spent.
        WriteError: if writing is not allowed.
    """
    try:
        yield
    except OSError as failure:
        if is_full(failure):
            raise StopRun(
                f"The disk is full: there is no room for {what}. Free some and run the same "
                "command again; nothing that was done is lost."
            ) from None
        if failure.errno not in _REFUSED:
            raise
        raise WriteError(
            f"Cannot write {what}: {failure.strerror}. Check that the folder of the data set is "
            "writable, and run the same command again."
        ) from None


def is_full(failure: BaseException) -> bool:
    """Tell whether a failure says that there is no room to write."""
    return isinstance(failure, OSError) and failure.errno in _FULL
