"""The stage ``index``: every recording decoded, guarded, brought to one length and rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ....core.source import Row
from ..ingredients.recording import Recording, web_address
from ..ingredients.recording_stage import RecordingStage
from ..ingredients.sources import Ingredients, Opened
from ..ingredients.stage import text_repaired
from ..providers.activity import resampled
from ..records import normal_text
from ..sound.guards import REASONS, Signal
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from .config import RealConfig
from .tracks import put

PLAIN = (str, int, float, bool)
"""Kinds of values of a row that travel with its item."""


def real_config(workshop: Workshop) -> RealConfig:
    """Return the configuration of the branch, which exists where its stages run."""
    assert workshop.config.real is not None  # noqa: S101 - the branch exists
    return workshop.config.real


class IndexStage(RecordingStage):
    """Recordings of the real branch: mono, at the data set's rate, of a clip's length."""

    name: ClassVar[str] = "index"
    version: ClassVar[int] = 4
    reasons: ClassVar[Mapping[str, str]] = {
        **REASONS,
        "missing": "the file is not there",
        "short": "shorter than clips.least_seconds",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Open the sources, and keep the rules of clips."""
        super().__init__(workshop)
        self.rules = real_config(workshop).clips

    @classmethod
    def sources_of(cls, workshop: Workshop) -> Ingredients:
        """Return the sources of scenes."""
        roles = [("scene", real_config(workshop).scenes)]
        return workshop.once("real sources", lambda: Ingredients(roles, workshop.catalog))

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return what decides which recordings there are, and how they are cut."""
        chosen = real_config(workshop).scenes
        rules = real_config(workshop).clips
        return {
            "sources": cls.sources_of(workshop).digests(),
            "names": [[c.group_by, c.group_prefix, c.dataset, c.voice_consent] for c in chosen],
            "rules": [rules.least_seconds, rules.least_bandwidth_hz],
            "split": workshop.config.split.model_dump(mode="json"),
        }

    def made_of(self, item: Item, heard: Recording) -> Outcome:
        """Return a recording as an item, or why it is none."""
        width, rate = heard.bandwidth_hz, heard.rate_hz
        if width < self.rules.least_bandwidth_hz:
            return Rejected("narrow_band", {"bandwidth_hz": width})
        config = self.workshop.config
        samples = resampled(heard.mono, rate, config.sample_rate_hz)
        seconds = len(samples) / config.sample_rate_hz
        if seconds < self.rules.least_seconds:
            return Rejected("short", {"seconds": seconds})
        padding = max(0, config.samples - len(samples))
        cut = np.pad(samples[: config.samples], (0, padding))
        facts = {
            **self._facts(heard.opened, heard.row),
            **heard.facts(),
            "pad_samples": padding,
        }
        facts["flags"] = _flags(heard.note, padding, heard.row)
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
            "voice_consent": opened.chosen.voice_consent,
            "licence": row.licence,
            "attribution": row.attribution,
            "url": web_address(row),
        }

    def _split(self, fields: Mapping[str, Any], group: str) -> str:
        if fields.get("split") in {"test", "validation"}:
            return str(fields["split"])
        return self.drawn_split(group)


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
