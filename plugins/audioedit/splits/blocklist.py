"""Recordings that are never trained on: a file of groups, each with its reason."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import Field

from ....core.config import Config, parse_config
from ....core.data.uri import expand
from ....core.errors import DataError
from ..config import SplitConfig


class Blocked(Config):
    """One line of the file."""

    group: str = Field(min_length=1, description="Such as yt:abc: as records name it.")
    reason: str = Field(min_length=1, description="Such as: test split of VGGSound.")


def blocked_by(split: SplitConfig) -> dict[str, str]:
    """Return group → reason of what a configuration blocks; variables in the path are filled in.

    Raises:
        ConfigError: if a variable is not set; names it.
        DataError: as `read_blocklist`.
    """
    if split.blocklist is None:
        return {}
    return read_blocklist(Path(expand(split.blocklist, "split.blocklist")))


def read_blocklist(path: Path | None) -> dict[str, str]:
    """Return group → reason of JSON lines ``{"group": …, "reason": …}``; empty without a file.

    Raises:
        DataError: if it cannot be read, or a line is not that; names the line.
    """
    if path is None:
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as failure:
        raise DataError(
            f"The blocklist {path.name} cannot be read ({failure.__class__.__name__}); expected "
            'lines {"group": "yt:abc", "reason": "…"} in UTF-8. Correct split.blocklist, '
            "or write the file: audio-omni audioedit blocklist."
        ) from None
    found: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            entry = _entry(line, f"Line {number} of the blocklist {path.name}")
            found.setdefault(entry.group, entry.reason)
    return found


def _entry(line: str, where: str) -> Blocked:
    try:
        values = json.loads(line)
        if not isinstance(values, dict):
            raise ValueError("not a mapping")
    except ValueError as failure:
        raise DataError(
            f'{where} is no JSON mapping ({failure}); expected {{"group": …, "reason": …}}.'
        ) from None
    return parse_config(Blocked, values, where=where, error=DataError)
