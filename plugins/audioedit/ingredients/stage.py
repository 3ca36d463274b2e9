"""The stage ``ingredients``: every recording decoded, checked, converted and measured once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from ....core.errors import DataError
from ....core.source import Row
from ..providers.activity import resampled
from ..records import normal_text
from ..sound import cutting
from ..sound.guards import REASONS, Signal
from ..sound.loudness import lufs, to_db
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from ..words.spoken import WITHOUT_CONSENT, is_voice
from ..words.table import ClassWords, esc50_words, row_words
from .recording import Recording, has_speech, web_address
from .recording_stage import RecordingStage
from .sources import Ingredients, Opened

BITS = 24
"""Ingredients are kept finer than pairs: 144 dB."""
LOUDEST_LUFS, QUIETEST_LUFS = -10.0, -45.0
MOST_CREST_DB = 30.0
SHORT_S = 9.5
"""A background of 10 s may lack half a second, which is padded."""


class IngredientStage(RecordingStage):
    """Recordings of the synthesis branch: events and backgrounds.

    An event keeps its trimmed sound, a background its first clip lengths; both mono, at the data
    set's rate, as blobs.
    """

    name: ClassVar[str] = "ingredients"
    version: ClassVar[int] = 4
    reasons: ClassVar[Mapping[str, str]] = {
        **{code: said for code, said in REASONS.items() if code != "narrow_band"},
        "missing": "the file is not there",
        "unnamed": "the row has no word for its sound",
        "too_short": "an event under 50 ms, or a background under 95 % of a clip",
        "too_quiet": "an event whose peak is under −40 dBFS",
        "level": "a background outside −45 … −10 LUFS",
        "speech": "the row says has_speech, and synthesis.drop_speech is set",
        "voice_without_consent": WITHOUT_CONSENT,
        "crest": "a background whose peak is more than 30 dB over its mean level",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Open the sources."""
        super().__init__(workshop)
        assert workshop.config.synthesis is not None  # noqa: S101 - the branch exists
        self.drop_speech = workshop.config.synthesis.drop_speech

    @classmethod
    def sources_of(cls, workshop: Workshop) -> Ingredients:
        """Return the sources of sounds and of backgrounds."""
        synthesis = workshop.config.synthesis
        assert synthesis is not None  # noqa: S101 - the branch exists
        roles = [("event", synthesis.foreground), ("background", synthesis.background)]
        return workshop.once("ingredient sources", lambda: Ingredients(roles, workshop.catalog))

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return what decides which recordings there are, and how they are cut."""
        synthesis = workshop.config.synthesis
        assert synthesis is not None  # noqa: S101 - the branch exists
        chosen = [*synthesis.foreground, *synthesis.background]
        return {
            "sources": cls.sources_of(workshop).digests(),
            "names": [
                [c.group_by, c.group_prefix, c.words, c.dataset, c.voice_consent] for c in chosen
            ],
            "use": synthesis.use,
            "drop_speech": synthesis.drop_speech,
            "split": workshop.config.split.model_dump(mode="json"),
        }

    def made_of(self, item: Item, heard: Recording) -> Outcome:
        """Return a recording as an ingredient (or several), or why it is none."""
        if heard.has_speech and self.drop_speech:
            return Rejected("speech")
        samples = resampled(heard.mono, heard.rate_hz, self.workshop.config.sample_rate_hz)
        try:
            known = self._facts(heard.opened, heard.row)
        except DataError as failure:
            return Rejected("unnamed", detail=str(failure))
        if self._is_private(heard.opened, known):
            return Rejected("voice_without_consent", detail=str(known["label"]))
        facts = {**heard.facts(), "note": heard.note, **known}
        make = self._events if heard.opened.role == "event" else self._background
        return make(item, samples, facts)

    @staticmethod
    def _is_private(opened: Opened, facts: Mapping[str, Any]) -> bool:
        """Tell whether an event is a voice whose speaker was not asked."""
        named = f"{facts['label']} {facts['words']['bare']}"
        return opened.role == "event" and not opened.chosen.voice_consent and is_voice(named)

    def _events(self, item: Item, samples: Signal, facts: dict[str, Any]) -> Outcome:
        rate = self.workshop.config.sample_rate_hz
        synthesis = self.workshop.config.synthesis
        assert synthesis is not None  # noqa: S101 - the branch exists
        whole = synthesis.use == "whole_trimmed"
        spans = [cutting.trimmed(samples, rate)] if whole else cutting.events(samples, rate)
        usable = [span for span in spans if cutting.is_usable(samples[slice(*span)], rate)]
        if not usable:
            longest = max((end - start for start, end in spans), default=0)
            short = longest < cutting.SHORTEST_S * rate
            return Rejected("too_short" if short else "too_quiet")
        made = [
            self._item(item, k, samples[start:end], {**facts, "start_s": start / rate})
            for k, (start, end) in enumerate(usable)
        ]
        return Kept(tuple(made))

    def _background(self, item: Item, samples: Signal, facts: dict[str, Any]) -> Outcome:
        config = self.workshop.config
        if len(samples) < config.samples * SHORT_S / 10:
            return Rejected("too_short", {"seconds": len(samples) / config.sample_rate_hz})
        loudness = lufs(samples, config.sample_rate_hz)
        if loudness is None or not QUIETEST_LUFS <= loudness <= LOUDEST_LUFS:
            return Rejected("level", {} if loudness is None else {"lufs": loudness})
        level = to_db(float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))))
        crest = (to_db(float(np.abs(samples).max())) or 0.0) - (level or 0.0)
        if crest > MOST_CREST_DB:
            return Rejected("crest", {"crest_db": crest})
        return Kept((self._item(item, 0, samples, {**facts, "start_s": 0.0, "lufs": loudness}),))

    def _item(self, item: Item, part: int, samples: Signal, facts: dict[str, Any]) -> Item:
        peak = float(np.abs(samples).max())
        most = 1 - 2.0 ** (1 - BITS)
        grid = np.rint(samples.astype(np.float64) / max(1.0, peak / most) * 2.0 ** (BITS - 1))
        rate = self.workshop.config.sample_rate_hz
        sha256 = self.workshop.blobs.put(grid.astype(np.int32), sample_rate_hz=rate, bits=BITS)
        name = f"{facts['role']}:{facts['dataset']}:{facts['item']}"
        return Item(
            f"{name}#{part}" if part else name,
            item.root,
            {**facts, "sha256": sha256, "frames": len(samples)},
        )

    def _facts(self, opened: Opened, row: Row) -> dict[str, Any]:
        fields = row.fields
        group_field = opened.chosen.group_by
        named = fields.get(group_field) if group_field else None
        group = f"{opened.chosen.group_prefix}{named or row.id}"
        if not opened.chosen.group_prefix:
            group = f"{opened.dataset}:{group}"
        words = _words(opened, row)
        return {
            "role": opened.role,
            "dataset": opened.dataset,
            "item": row.id,
            "group": group,
            "split": self._split(fields, group),
            "label": str(fields.get("label") or words.words.bare),
            "caption": normal_text(str(fields.get("caption") or words.words.indefinite)),
            "words": words.words.model_dump(mode="json"),
            "conflicts": list(words.conflicts),
            "family": words.family,
            "licence": row.licence,
            "attribution": row.attribution,
            **({"url": url} if (url := web_address(row)) else {}),
            **({"voice_consent": True} if opened.chosen.voice_consent else {}),
            **({"has_speech": True} if has_speech(row) else {}),
            **({"text_repaired": True} if text_repaired(row) else {}),
        }

    def _split(self, fields: Mapping[str, Any], group: str) -> str:
        if fields.get("fold") in self.workshop.config.split.held_out_folds:
            return "validation"
        return self.drawn_split(group)


def _words(opened: Opened, row: Row) -> ClassWords:
    label, caption = row.fields.get("label"), row.fields.get("caption")
    if opened.chosen.words == "esc50":
        return esc50_words(str(row.fields.get("category") or label))
    return row_words(
        None if label is None else normal_text(str(label)),
        None if caption is None else normal_text(str(caption)),
    )


def text_repaired(row: Row) -> bool:
    """Tell whether a text of a row is not as it was written: decoded with losses, or cleaned."""
    texts = [value for value in row.fields.values() if isinstance(value, str)]
    return any(text != normal_text(text) or "\ufffd" in text for text in texts)
