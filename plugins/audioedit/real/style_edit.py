"""The stages ``style_edit`` and ``style_check``: one sound turned into others (spec 3.7, 3.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..providers.contract import Clip, Editor, ProviderFailure, Refusal, Signal
from ..sound.loudness import gain
from ..stages.contract import Resources, Stage
from ..stages.outcomes import Failed, Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from . import likeness
from .config import StyleChecks
from .index import real_config
from .phrases import PhraseSpace, phrase_space, scorer_of
from .style_words import style_config
from .tracks import limited, put, tracks

REASONS = {
    "not_finite": "the edit has NaN or infinite samples",
    "level": "the edit is much louder or quieter",
    "timing_lost": "the edit sounds at other times",
    "pitch_lost": "the edit has another pitch",
    "spill": "the edit sounds where the sound did not",
    "bandwidth": "the edit is duller",
    "style_not_reached": "the edit is hardly more like the new sound",
    "still_source": "the edit is more like the old sound than the new one",
}
"""In the order in which they are looked for."""


class StyleEditStage(Stage):
    """Inverts each target once, and edits it for each word: by the weakest setting that passes."""

    name: ClassVar[str] = "style_edit"
    version: ClassVar[int] = 2
    resources: ClassVar[Resources] = Resources(gpus=1.0, memory_gib=16.0)
    reasons: ClassVar[Mapping[str, str]] = {"editor_refused": "the editor may not edit the sound"}

    def __init__(self, workshop: Workshop) -> None:
        """Build the editor; load the scorer."""
        super().__init__(workshop)
        self.editor = editor_of(workshop)
        self.space = phrase_space(workshop)
        self.checks = style_config(workshop).checks

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return who edits, and what an edit must keep."""
        style = style_config(workshop)
        return {
            "editor": [style.editor.name, editor_of(workshop).fingerprint()],
            "scorer": scorer_of(workshop).fingerprint(),
            "checks": style.checks.model_dump(mode="json"),
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return an item for every word of each item."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        rate = self.workshop.config.sample_rate_hz
        mode = real_config(self.workshop).mixture_mode
        parts = tracks(self.workshop.blobs, item.data, mode)
        sound = limited(parts, rate, self.editor.limits_hz()).target
        clip = Clip(item.id, sound, rate, item.data["target"]["sha256"], item.data["fields"])
        seed = int(self.workshop.rng("real", item.id, "invert").integers(2**63))
        try:
            inverted = self.editor.invert(clip, item.data["phrase"]["indefinite"], seed)
            if isinstance(inverted, Refusal):
                return Rejected("editor_refused", detail=f"{inverted.reason}: {inverted.detail}")
            made = self._edited(item, sound, inverted)
        except ProviderFailure as failure:
            return Failed(str(failure), failure.retryable, failure.reason)
        passed = sum("edit" in one.data for one in made)
        return Kept(tuple(made), {"words": float(len(made)), "passed": float(passed)})

    def _edited(self, item: Item, sound: Signal, inverted: Any) -> list[Item]:
        """Return an item for each word: by the weakest strength that passes, or what failed last.

        All words that are left are edited together.
        """
        words = item.data["words"]
        made: dict[int, Item] = {}
        left = list(range(len(words)))
        for strength in self.editor.strengths():
            texts = [words[k]["indefinite"] for k in left]
            edits = self.editor.apply_many(inverted, texts, strength)
            for k, edit in zip(left, edits, strict=True):
                made[k] = self._judged(item, sound, edit, words[k], strength)
            left = [k for k in left if made[k].data["fault"] is not None]
            if not left:
                break
        return [made[k] for k in range(len(words))]

    def _judged(
        self, item: Item, sound: Signal, edit: Signal, word: Mapping[str, Any], strength: float
    ) -> Item:
        """Return an item that tells how an edit is, and keeps its sound if it is well enough."""
        rest = {name: value for name, value in item.data.items() if name != "words"}
        scores = measures(sound, edit, item.data, word, self.space)
        data: dict[str, Any] = {
            **rest,
            "to": dict(word),
            "style": {**scores, "strength": strength},
            "fault": fault_of(scores, self.checks),
        }
        if data["fault"] is None:
            levelled = (edit * np.float32(gain(-scores["level_lu"]))).astype(np.float32)
            rate = self.workshop.config.sample_rate_hz
            data["edit"] = put(self.workshop.blobs, levelled, rate)
        return Item(f"{item.id}→{word['label']}", item.root, data)


class StyleCheckStage(Stage):
    """Keeps the edits that some setting made well enough."""

    name: ClassVar[str] = "style_check"
    reasons: ClassVar[Mapping[str, str]] = REASONS

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return nothing: the checks are those of the edits."""
        del workshop
        return {}

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the edits that passed."""
        return [
            Kept((item,), item.data["style"])
            if item.data["fault"] is None
            else Rejected(item.data["fault"], item.data["style"])
            for item in items
        ]


def measures(
    sound: Signal,
    edit: Signal,
    data: Mapping[str, Any],
    word: Mapping[str, Any],
    space: PhraseSpace,
) -> dict[str, float]:
    """Return what is measured of an edit beside the sound that it replaces.

    Args:
        sound: (N,) the target of the separation.
        edit: (N,) what was made of it.
        data: of the item; its phrase and spans are used.
        word: the new sound, with ``label`` and ``indefinite``.
        space: of the scorer.
    """
    if edit.shape != sound.shape or not np.isfinite(edit).all():
        return {"finite": 0.0}
    rate, spans = space.sample_rate_hz, data["active"]["target"]
    before, after = space.sounds([space.active(sound, spans), space.active(edit, spans)])
    old, new = space.phrase(data["phrase"]), space.phrase(word)
    correlation, lag = likeness.onset_match(sound, edit, rate)
    pitch = likeness.pitch_change(sound, edit, rate)
    found = {
        "finite": 1.0,
        "reach": float(after @ new - before @ new),
        "lead": float(after @ new - after @ old),
        "onset_correlation": correlation,
        "lag_ms": 1000 * lag,
        "spill_db": likeness.spill_db(edit, spans, rate),
        "bandwidth_loss": likeness.bandwidth_loss(sound, edit, rate),
        "level_lu": likeness.level_change_lu(sound, edit, rate),
    }
    if pitch is not None:
        found["pitch_semitones"] = pitch
    return {name: round(value, 6) for name, value in found.items()}


def fault_of(scores: Mapping[str, float], checks: StyleChecks) -> str | None:
    """Return the first reason to reject an edit, or `None`."""
    if not scores["finite"]:
        return "not_finite"
    late = scores["lag_ms"] >= checks.most_lag_ms
    fails = {
        "level": abs(scores["level_lu"]) > checks.level_db,
        "timing_lost": late or scores["onset_correlation"] < checks.onset_correlation,
        "pitch_lost": scores.get("pitch_semitones", 0.0) > checks.pitch_semitones,
        "spill": scores["spill_db"] > checks.spill_db,
        "bandwidth": scores["bandwidth_loss"] > checks.bandwidth_loss,
        "style_not_reached": scores["reach"] < checks.reach,
        "still_source": scores["lead"] <= 0,
    }
    return next((reason for reason, is_so in fails.items() if is_so), None)


def editor_of(workshop: Workshop) -> Editor:
    """Return the editor of the branch."""
    editor: Editor = workshop.provider("editor", style_config(workshop).editor)
    return editor
