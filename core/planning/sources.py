"""The sources of a mixture as they are now: which can be opened, and how many rows they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..catalog import Catalog
from ..data.config import SourceUseConfig
from ..data.uri import open_source
from ..errors import AudioOmniError
from ..source import DataSource

SAMPLED = 16
"""Rows whose files are looked for."""


@dataclass(frozen=True)
class SourceState:
    """An entry of a mixture.

    Attributes:
        uri: as the recipe has it.
        task: that it is learned as.
        rows: that training would use; `None` if it cannot be opened.
        problem: what is wrong; `None` if nothing was found to be.
    """

    uri: str
    task: str
    rows: int | None
    problem: str | None


def look_at(uses: Sequence[SourceUseConfig], catalog: Catalog) -> list[SourceState]:
    """Return the state of each source; none is fetched, and no sound decoded."""
    opened: dict[str, SourceState] = {}
    found = []
    for use in uses:
        key = f"{use.uri} {use.options} {use.max_rows} {use.task}"
        if key not in opened:
            opened[key] = _look_at(use, catalog)
        found.append(opened[key])
    return found


def _look_at(use: SourceUseConfig, catalog: Catalog) -> SourceState:
    try:
        source = open_source(use.uri, _local(use.options), catalog)
        rows = min(len(source), use.max_rows or len(source))
        problem = _problem(source) if rows else "it has no row to train on"
    except AudioOmniError as failure:
        rows, problem = None, str(failure)
    except OSError as failure:
        rows, problem = None, f"{failure.filename or use.uri}: {failure.strerror}"
    return SourceState(use.uri, use.task, rows, problem)


def _local(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with which nothing is fetched."""
    return {**options, "download": False} if options.get("download") else options


def _problem(source: DataSource) -> str | None:
    """Return which of some rows' files are missing, where a source tells their paths."""
    path_of = getattr(source, "audio_path", None)
    if path_of is None:
        return None
    step = max(1, len(source) // SAMPLED)
    paths = [path_of(index) for index in range(0, len(source), step)][:SAMPLED]
    missing = [path for path in paths if path is not None and not path.is_file()]
    if not missing:
        return None
    return (
        f"{len(missing)} of {len(paths)} files that were looked for are missing, such as "
        f"{missing[0]}"
    )
