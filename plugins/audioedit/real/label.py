"""The stages ``label`` and ``expand``: what sounds in a clip, and one item for each of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ..providers.activity import resampled
from ..providers.contract import (
    Clip,
    HeardSource,
    Labeler,
    Labels,
    Phrase,
    ProviderFailure,
    Refusal,
)
from ..stages.contract import Resources, Stage
from ..stages.outcomes import Failed, Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from ..words.spoken import WITHOUT_CONSENT, is_voice
from .index import real_config
from .labellers import LABELLED_BY, Labeller, signed
from .tools import tool_version
from .tracks import get

LABEL_RATE_HZ = 16000
"""What labellers work at anyway."""


class LabelStage(Stage):
    """Asks the labeller for the sources of every clip (spec section 3.1)."""

    name: ClassVar[str] = "label"
    version: ClassVar[int] = 3
    batch: ClassVar[int] = 8
    resources: ClassVar[Resources] = Resources(network=True)
    reasons: ClassVar[Mapping[str, str]] = {
        "provider_refused": "the labeller would not say",
        "unusable": "the labeller hears silence, damage or a test tone",
        "speech": "someone speaks, and clips.drop_speech is set",
        "no_sources": "nothing in the clip can be named",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Build the labeller."""
        super().__init__(workshop)
        self.labeler: Labeler = _labeler(workshop)
        self.batch = self.labeler.together  # type: ignore[misc] # what suits who labels

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return who labels, and what is dropped."""
        real = real_config(workshop)
        labeller = workshop.first_labeller or labeller_of(workshop)
        return {"labeler": labeller, "drop_speech": real.clips.drop_speech}

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each clip with its labels."""
        heard = self.labeler.label_many([self._clip(item) for item in items])
        return [self._one(item, said) for item, said in zip(items, heard, strict=True)]

    def _clip(self, item: Item) -> Clip:
        samples = get(self.workshop.blobs, item.data["mixture"])
        copy = resampled(samples, self.workshop.config.sample_rate_hz, LABEL_RATE_HZ)
        sha256 = item.data["mixture"]["sha256"]
        return Clip(item.id, copy, LABEL_RATE_HZ, sha256, item.data["fields"])

    def _one(self, item: Item, heard: Labels | Refusal | ProviderFailure) -> Outcome:
        if isinstance(heard, ProviderFailure):
            return Failed(str(heard), heard.retryable, heard.reason)
        if isinstance(heard, Refusal):
            return Rejected("provider_refused", detail=f"{heard.reason}: {heard.detail}")
        return self._judged(item, heard)

    def _judged(self, item: Item, heard: Labels) -> Outcome:
        if heard.unusable is not None:
            return Rejected("unusable", detail=heard.unusable)
        if heard.has_speech and real_config(self.workshop).clips.drop_speech:
            return Rejected("speech")
        if not heard.sources:
            return Rejected("no_sources")
        name = real_config(self.workshop).labeler.name
        by = signed(name, self.labeler, heard.asked or tool_version(self.labeler))
        labels = heard.model_dump(mode="json")
        data = {**item.data, "labels": labels, "versions": {}, LABELLED_BY: by}
        return Kept((Item(item.id, item.root, data),), {"sources": float(len(heard.sources))})


class ExpandStage(Stage):
    """Makes one item of every source of a clip."""

    name: ClassVar[str] = "expand"
    version: ClassVar[int] = 2
    reasons: ClassVar[Mapping[str, str]] = {
        "no_sources": "all sources of the clip are faint",
        "voice_without_consent": WITHOUT_CONSENT,
    }

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return which sources become items."""
        rules = real_config(workshop).clips
        return {"drop_faint": rules.drop_faint, "most_sources": rules.most_sources}

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the items of each clip."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        rules = real_config(self.workshop).clips
        heard = Labels.model_validate(item.data["labels"])
        clear = [s for s in heard.sources if not rules.drop_faint or s.prominence != "faint"]
        chosen = clear[: rules.most_sources]
        if not chosen:
            return Rejected("no_sources")
        private = [] if item.data["voice_consent"] else [s for s in chosen if is_voice(s.label)]
        chosen = [source for source in chosen if source not in private]
        scores = {"voices_without_consent": float(len(private))} if private else {}
        if not chosen:
            return Rejected("voice_without_consent", scores, private[0].label)
        rest = {key: value for key, value in item.data.items() if key != "labels"}
        facts = {"scene": heard.scene, "has_speech": heard.has_speech, "has_music": heard.has_music}
        made = tuple(_item(item, source, heard, {**rest, **facts}) for source in chosen)
        return Kept(made, scores)


def _item(item: Item, source: HeardSource, heard: Labels, facts: Mapping[str, Any]) -> Item:
    phrase = {name: getattr(source, name) for name in Phrase.model_fields}
    others = [
        {"label": other.label, "indefinite": other.indefinite}
        for other in heard.sources
        if other.label != source.label
    ]
    data = {
        **facts,
        "phrase": phrase,
        "others": others,
        "continuous": source.continuous,
        "onset_hint_s": source.onset_hint_s,
    }
    return Item(f"{item.id}|{source.label}", item.root, data)


def labeller_of(workshop: Workshop) -> Labeller:
    """Return name and fingerprint of who labels now.

    Raises:
        ConfigError, PluginError: if it cannot be had; says what to get.
    """
    return [real_config(workshop).labeler.name, _labeler(workshop).fingerprint()]


def _labeler(workshop: Workshop) -> Labeler:
    labeler: Labeler = workshop.provider("labeler", real_config(workshop).labeler)
    return labeler
