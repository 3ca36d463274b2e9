"""The data sources of a branch's recordings, and their rows by one running number."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import PurePosixPath

from ....core.catalog import Catalog
from ....core.data.uri import open_source, split_uri
from ....core.source import DataSource, Row
from ..choosing import IngredientSource


@dataclass(frozen=True)
class Opened:
    """A source of recordings.

    Attributes:
        role: ``"event"``, ``"background"`` or ``"scene"``.
        chosen: how it was configured.
        source: its rows.
    """

    role: str
    chosen: IngredientSource
    source: DataSource

    @property
    def rows(self) -> int:
        """Return how many rows are read."""
        return min(len(self.source), self.chosen.max_rows or len(self.source))

    @property
    def dataset(self) -> str:
        """Return what records call it."""
        return self.chosen.dataset or short_name(self.chosen.uri)


class Ingredients:
    """All recordings of a branch, in order, reached by number."""

    def __init__(self, roles: Sequence[tuple[str, Sequence[IngredientSource]]], catalog: Catalog):
        """Open the sources.

        Args:
            roles: role → where its recordings come from.
            catalog: where kinds of sources are looked up.

        Raises:
            ConfigError, DataError: if one cannot be opened.
        """
        self.opened = [
            Opened(role, chosen, open_source(chosen.uri, chosen.options, catalog))
            for role, all_chosen in roles
            for chosen in all_chosen
        ]

    def __len__(self) -> int:
        """Return the number of recordings."""
        return self._ends[-1]

    def find(self, number: int) -> tuple[Opened, Row]:
        """Return where recording ``number`` comes from, and its row."""
        place = bisect_right(self._ends, number)
        first = self._ends[place - 1] if place else 0
        opened = self.opened[place]
        return opened, opened.source.row(number - first)

    def digests(self) -> list[list[str]]:
        """Return name and content hash of every source."""
        return [[o.role, o.dataset, str(o.rows), o.source.digest()] for o in self.opened]

    @cached_property
    def _ends(self) -> list[int]:
        return list(accumulate(opened.rows for opened in self.opened))


def short_name(uri: str) -> str:
    """Return what a URI is called where paths must not appear.

    ``manifest:/data/esc10/manifest.jsonl`` is ``esc10``, ``soundworld:events`` stays.
    """
    scheme, locator = split_uri(uri)
    parts = [part for part in PurePosixPath(locator).parts if part not in {"/", "..", "."}]
    if len(parts) < 2:
        return f"{scheme}:{parts[0]}" if parts else scheme
    name = parts[-2] if re.match(r"(manifest|rows|index)\b", parts[-1]) else parts[-1]
    return PurePosixPath(name).stem
