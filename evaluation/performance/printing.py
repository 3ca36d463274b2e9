"""What the reports of ``audio-omni bench`` share on the terminal."""

from __future__ import annotations

PROGRESS_LINES = 10


def mebibytes(size: int | None) -> str | None:
    """Return bytes as whole MiB, or `None` where they are not known."""
    return None if size is None else f"{size / 2**20:.0f}"
