"""What holds of every file of media before it is decoded."""

from __future__ import annotations

from pathlib import Path

from ..errors import MediaError


def check_media_file(path: Path, kind: str) -> None:
    """Raise unless a path is a file with something in it that can be opened.

    Args:
        path: the file.
        kind: ``"audio"`` or ``"video"``, for the message.

    Raises:
        MediaError: says what the path is instead, and what to do.
    """
    expected = {"audio": "an audio file", "video": "a video file"}[kind]
    try:
        if path.is_dir():
            raise MediaError(f"{path} is a folder; expected {expected}. Name one file in it.")
        if not path.exists():
            raise MediaError(f"{path} does not exist; expected {expected}. Check the path.")
        if not path.is_file():  # to open a pipe would wait for a writer, for ever
            raise MediaError(
                f"{path} is a pipe or a device; expected {expected}. Write what it gives into one."
            )
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as failure:
        raise MediaError(
            f"{path!s:.200} cannot be opened: {failure.strerror}. Check its name and permissions."
        ) from None
    if size == 0:
        raise MediaError(f"{path} is empty (0 bytes); expected {kind}. Copy or download it again.")


def check_length(path: Path, seconds: float, max_seconds: float) -> None:
    """Raise MediaError if a file lasts longer than is read."""
    if seconds > max_seconds:
        raise MediaError(
            f"{path} lasts {seconds:.1f} s; at most {max_seconds:g} s are read. Cut it into "
            "shorter clips."
        )
