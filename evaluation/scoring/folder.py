"""The folder of a score: whose it is, and what is written into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.errors import ConfigError
from ...core.whole_file import write_whole
from .markdown import markdown
from .report import ScoreReport, read_report

RESULT, TABLE, PAGE = "score.json", "score.md", "score.html"


def claim(folder: Path, request: Mapping[str, Any]) -> None:
    """Make sure that a folder is this score's, before anything is computed.

    Raises:
        ConfigError: if it belongs to another score, or holds something else; says how they differ.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as failure:
        raise ConfigError(
            f"Cannot write into {folder}: {failure.strerror}. Expected a folder, or the name of a "
            "new one."
        ) from None
    if is_empty:
        return
    if not (folder / RESULT).is_file():
        raise ConfigError(
            f"{folder} holds files, but no score; expected an empty folder, a new one, or that of "
            "this score. Name another."
        )
    theirs = read_report(folder).request
    differing = [
        f"{key}: {theirs.get(key)!r} against {request.get(key)!r}"
        for key in sorted({*theirs, *request})
        if theirs.get(key) != request.get(key)
    ]
    if differing:
        raise ConfigError(
            f"{folder} belongs to another score: {'; '.join(differing)}. Name another folder, or "
            "remove it."
        )


def write_report(folder: Path, report: ScoreReport, page: str) -> None:
    """Write the report as JSON, as Markdown, and as a page; each replaces an older one at once."""
    write_whole(folder / RESULT, _json(report.to_dict()))
    write_whole(folder / TABLE, markdown(report).encode())
    write_whole(folder / PAGE, page.encode())


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
