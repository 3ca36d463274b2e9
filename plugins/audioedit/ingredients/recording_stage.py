"""The stage that begins a branch: every recording of its sources is opened, and handed on."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import replace

from ....core.errors import DataError, MediaError
from ..seeds import fraction
from ..stages.contract import RootStage
from ..stages.lines import in_utf8
from ..stages.outcomes import Item, Outcome, Rejected
from ..stages.workshop import Workshop
from .recording import Recording, open_recording
from .sources import Ingredients


class RecordingStage(RootStage):
    """Opens recordings; a subclass says what becomes of one that can be used."""

    def __init__(self, workshop: Workshop) -> None:
        """Open the sources."""
        super().__init__(workshop)
        self.sources = self.sources_of(workshop)

    @classmethod
    @abc.abstractmethod
    def sources_of(cls, workshop: Workshop) -> Ingredients:
        """Return the sources of the branch, opened once in a workshop."""

    @abc.abstractmethod
    def made_of(self, item: Item, heard: Recording) -> Outcome:
        """Return what becomes of a recording."""

    @classmethod
    def count(cls, workshop: Workshop) -> int:
        """Return the number of recordings."""
        return len(cls.sources_of(workshop))

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return what becomes of each recording, or why nothing does."""
        return [self._one(item) for item in items]

    def drawn_split(self, group: str) -> str:
        """Return the split that a group is drawn into, the same every time."""
        drawn = fraction(self.workshop.config.key, "split", group)
        validates = drawn < self.workshop.config.split.validation_fraction
        return "validation" if validates else "train"

    def _one(self, item: Item) -> Outcome:
        heard = open_recording(self.sources, item.root)
        outcome = heard if isinstance(heard, Rejected) else self.made_of(item, heard)
        return self._named(item, outcome) if isinstance(outcome, Rejected) else outcome

    def _named(self, item: Item, rejected: Rejected) -> Rejected:
        """Return a rejection that says of which row: the item has but a number."""
        try:
            opened, row = self.sources.find(item.root)
        except (MediaError, DataError):  # then that is why, and says which
            return rejected
        told = f"{opened.dataset}: {in_utf8(row.id)}"
        return replace(rejected, detail="; ".join(filter(None, (told, rejected.detail))))
