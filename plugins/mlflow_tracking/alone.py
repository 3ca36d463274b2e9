"""One process at a time sends what waits in a run's folder: two would lose each other's records."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

LOCK_FILE = ".mlflow_lock"
LOOK_EVERY_S = 0.1


class Alone:
    """Holds a run's folder; the system lets go of it when the process ends, however it ends."""

    def __init__(self, run_dir: Path) -> None:
        """Use a folder that is there; nothing is held yet."""
        self.path = run_dir / LOCK_FILE
        self._file: int | None = None

    def take(self, wait_s: float = 0.0) -> bool:
        """Hold the folder, after waiting for another process; return whether it is held now.

        Where the file system knows no locks, it counts as held.
        """
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT)
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    self.leave()
                    return False
                time.sleep(LOOK_EVERY_S)
            except OSError:
                return True
            else:
                return True

    def leave(self) -> None:
        """Let go; nothing happens if it is not held."""
        if self._file is not None:
            with suppress(OSError):  # data workers were forked with it, so closing is not enough
                fcntl.flock(self._file, fcntl.LOCK_UN)
            os.close(self._file)
            self._file = None
