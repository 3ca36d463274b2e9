"""The stages ``style_words`` and ``style_cap``: sounds that could take a sound's place (3.6)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ..providers.contract import ProviderFailure, Refusal, StylePhrase, StyleWriter
from ..providers.families import may_replace
from ..providers.lemmas import lemmas
from ..stages.contract import Resources, Stage
from ..stages.outcomes import Failed, Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from .config import StyleConfig
from .index import IndexStage, real_config
from .phrases import phrase_space, scorer_of
from .semantic import all_kept, require_complete
from .tracks import tracks


def style_config(workshop: Workshop) -> StyleConfig:
    """Return the configuration of style transfer, which exists where its stages run."""
    style = real_config(workshop).style
    assert style is not None  # noqa: S101 - the stages exist
    return style


class StyleWordsStage(Stage):
    """Asks for other sounds once per item, and filters them by words and by sound."""

    name: ClassVar[str] = "style_words"
    version: ClassVar[int] = 2
    resources: ClassVar[Resources] = Resources(gpus=0.25, network=True)
    reasons: ClassVar[Mapping[str, str]] = {
        "provider_refused": "no words were suggested",
        "no_style_words": "no suggested word passes the filters",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Build the writer; load the scorer."""
        super().__init__(workshop)
        self.writer: StyleWriter = _writer(workshop)
        self.space = phrase_space(workshop)
        self.style = style_config(workshop)

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return who suggests, who compares, and the filters."""
        style = style_config(workshop)
        return {
            "writer": [style.writer.name, _writer(workshop).fingerprint()],
            "scorer": scorer_of(workshop).fingerprint(),
            "filters": style.model_dump(
                mode="json", include={"candidates", "most_words", "likeness", "blocked"}
            ),
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each item with its words."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        label = item.data["phrase"]["label"]
        others = [other["label"] for other in item.data["others"]]
        seed = int(self.workshop.rng("real", item.id, "style_words").integers(2**63))
        try:
            found = self.writer.suggest(label, self.style.candidates, others, seed)
        except ProviderFailure as failure:
            return Failed(str(failure), failure.retryable, failure.reason)
        if isinstance(found, Refusal):
            return Rejected("provider_refused", detail=f"{found.reason}: {found.detail}")
        words = self._filtered(item, found)[: self.style.most_words]
        scores = {"suggested": float(len(found)), "words": float(len(words))}
        if not words:
            return Rejected("no_style_words", scores)
        said = [word.model_dump(mode="json", exclude_none=True) for word in words]
        return Kept((Item(item.id, item.root, {**item.data, "words": said}),), scores)

    def _filtered(self, item: Item, found: Sequence[StylePhrase]) -> list[StylePhrase]:
        fit = [word for word in found if fits_in_words(word, item.data, self.style.blocked)]
        if not fit:
            return []
        parts = tracks(self.workshop.blobs, item.data, real_config(self.workshop).mixture_mode)
        heard = self.space.active(parts.target, item.data["active"]["target"])
        sound = self.space.sounds([heard])[0]
        old = self.space.phrase(item.data["phrase"])
        least, most = self.style.likeness
        kept = []
        for word in fit:
            new = self.space.phrase(word.model_dump())
            if least <= float(old @ new) <= most and float(sound @ old) > float(sound @ new):
                kept.append(word)
        return kept


def fits_in_words(word: StylePhrase, data: Mapping[str, Any], blocked: Sequence[str]) -> bool:
    """Tell whether a word may take the place of an item's sound, by words alone.

    It is another word, names none of the scene's other sounds, is of a family that may stand in,
    lasts where the old one lasts, and is not blocked.
    """
    new = lemmas(word.label)
    taken = [data["phrase"]["label"], *(other["label"] for other in data["others"])]
    if not new or any(new == lemmas(label) for label in taken):
        return False
    if new & {stem for text in blocked for stem in lemmas(text)}:
        return False
    if data["continuous"] and word.family == "impact":
        return False
    return may_replace(data["phrase"]["family"], word.family)


class StyleCapStage(Stage):
    """Lets no (old, new) be more than a share of all pairs, so that no exchange prevails."""

    name: ClassVar[str] = "style_cap"
    reasons: ClassVar[Mapping[str, str]] = {"too_common": "all its exchanges are used up"}

    def __init__(self, workshop: Workshop) -> None:
        """Keep the share."""
        super().__init__(workshop)
        self.style = style_config(workshop)
        self.dropped: frozenset[tuple[str, str]] | None = None

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the share, and from how many pairs on."""
        style = style_config(workshop)
        return {"most_share": style.most_share, "share_from": style.share_from}

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each item with the words that are left to it."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        if self.style.most_share >= 1:
            return Kept((item,))
        if self.dropped is None:
            instead = "real.style.most_share to 1.0"
            require_complete(self.workshop, IndexStage, StyleWordsStage, instead)
            self.dropped = over_share(all_kept(self.workshop, StyleWordsStage), self.style)
        words = [w for w in item.data["words"] if (item.id, w["label"]) not in self.dropped]
        if not words:
            return Rejected("too_common")
        return Kept((Item(item.id, item.root, {**item.data, "words": words}),))


def over_share(items: Iterable[Item], style: StyleConfig) -> frozenset[tuple[str, str]]:
    """Return (item, new word) of what exceeds the share of its exchange, chosen by hash."""
    exchanges: dict[tuple[str, str], list[tuple[bytes, str]]] = defaultdict(list)
    for item in items:
        for word in item.data["words"]:
            rank = hashlib.sha256(f"{item.id}/{word['label']}".encode()).digest()
            exchanges[item.data["phrase"]["label"], word["label"]].append((rank, item.id))
    total = sum(map(len, exchanges.values()))
    if total < style.share_from:
        return frozenset()
    most = max(1, int(style.most_share * total))
    return frozenset(
        (id_, new) for (_, new), members in exchanges.items() for _, id_ in sorted(members)[most:]
    )


def _writer(workshop: Workshop) -> StyleWriter:
    writer: StyleWriter = workshop.provider("style_writer", style_config(workshop).writer)
    return writer
