"""The stage ``index``: every recording decoded, guarded, brought to one length and rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ....core.errors import DataError, MediaError
from ....core.source import Row
from ..ingredients.sources import Ingredients, Opened
from ..ingredients.stage import cut_off, text_repaired, unreadable
from ..providers.activity import resampled
from ..records import normal_text
from ..seeds import fraction
from ..sound.guards import REASONS, Signal, bandwidth_hz, fault, to_mono
from ..stages.contract import Item, Kept, Outcome, Rejected, RootStage
from ..stages.workshop import Workshop
from .config import RealConfig
from .tracks import put

PLAIN = (str, int, float, bool)
"""Kinds of values of a row that travel with its item."""


def real_config(workshop: Workshop) -> RealConfig:
    """Return the configuration of the branch, which exists where its stages run."""
    assert workshop.config.real is not None  # noqa: S101 - the branch exists
    return workshop.config.real


class IndexStage(RootStage):
    """Recordings of the real branch: mono, at the data set's rate, of a clip's length."""

    name: ClassVar[str] = "index"
    version: ClassVar[int] = 1
    reasons: ClassVar[Mapping[str, str]] = {
        **REASONS,
        "missing": "the file is not there",
        "short": "shorter than clips.least_seconds",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Open the sources."""
        super().__init__(workshop)
        self.sources = _sources(workshop)
        self.rules = real_config(workshop).clips

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return what decides which recordings there are, and how they are cut."""
        chosen = real_config(workshop).scenes
        rules = real_config(workshop).clips
        return {
            "sources": _sources(workshop).digests(),
            "names": [[c.group_by, c.group_prefix, c.dataset] for c in chosen],
            "rules": [rules.least_seconds, rules.least_bandwidth_hz],
            "split": workshop.config.split.model_dump(mode="json"),
        }

    @classmethod
    def count(cls, workshop: Workshop) -> int:
        """Return the number of recordings."""
        return len(_sources(workshop))

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each recording as an item, or why it is none."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        try:
            opened, row = self.sources.find(item.root)
            if row.audio is None:
                raise DataError(f"Row '{row.id}' has no audio; expected a recording.")
            sound = row.audio()
        except (MediaError, DataError) as failure:
            return unreadable(failure)
        if (early := cut_off(sound)) is not None:
            return Rejected("undecodable", detail=early)
        mono = to_mono(sound.samples.numpy())
        refused = fault(mono.samples)
        if refused is not None:
            return Rejected(refused[0], {refused[0]: refused[1]})
        width = bandwidth_hz(mono.samples, sound.sample_rate_hz)
        if width < min(self.rules.least_bandwidth_hz, 0.45 * sound.sample_rate_hz):
            return Rejected("narrow_band", {"bandwidth_hz": width})
        config = self.workshop.config
        samples = resampled(mono.samples, sound.sample_rate_hz, config.sample_rate_hz)
        seconds = len(samples) / config.sample_rate_hz
        if seconds < self.rules.least_seconds:
            return Rejected("short", {"seconds": seconds})
        padding = max(0, config.samples - len(samples))
        cut = np.pad(samples[: config.samples], (0, padding))
        facts = {
            **self._facts(opened, row),
            "source_rate_hz": sound.sample_rate_hz,
            "source_channels": int(sound.samples.shape[0]),
            "bandwidth_hz": round(width),
            "pad_samples": padding,
        }
        facts["flags"] = _flags(mono.note, padding, row)
        return Kept((self._item(item, cut, facts),))

    def _item(self, item: Item, samples: Signal, facts: Mapping[str, Any]) -> Item:
        kept = put(self.workshop.blobs, samples, self.workshop.config.sample_rate_hz)
        return Item(f"{facts['dataset']}:{facts['item']}", item.root, {**facts, "mixture": kept})

    def _facts(self, opened: Opened, row: Row) -> dict[str, Any]:
        fields, prefix = row.fields, opened.chosen.group_prefix or f"{opened.dataset}:"
        named = opened.chosen.group_by
        group = f"{prefix}{(fields.get(named) if named else None) or row.id}"
        return {
            "dataset": opened.dataset,
            "item": row.id,
            "group": group,
            "split": self._split(fields, group),
            "fields": {
                name: normal_text(value) if isinstance(value, str) else value
                for name, value in fields.items()
                if isinstance(value, PLAIN)
            },
            "spans": _spans(fields),
            "licence": row.licence,
            "attribution": row.attribution,
        }

    def _split(self, fields: Mapping[str, Any], group: str) -> str:
        if fields.get("split") in {"test", "validation"}:
            return str(fields["split"])
        split = self.workshop.config.split
        drawn = fraction(self.workshop.config.key, "split", group)
        return "validation" if drawn < split.validation_fraction else "train"


def _sources(workshop: Workshop) -> Ingredients:
    roles = [("scene", real_config(workshop).scenes)]
    return workshop.once("real sources", lambda: Ingredients(roles, workshop.catalog))


def _flags(note: str, padding: int, row: Row) -> list[str]:
    found = {
        "antiphase": note.startswith("antiphase"),
        "padded": padding > 0,
        "text_repaired": text_repaired(row),
    }
    return [flag for flag, is_so in found.items() if is_so]


def _spans(fields: Mapping[str, Any]) -> list[list[float]]:
    """Return where the row itself says that its sound is: a list of [start, end] in seconds."""
    given = fields.get("spans")
    if not isinstance(given, list | tuple):
        return []
    return [[float(start), float(end)] for start, end in given]
