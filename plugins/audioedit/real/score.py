"""The stage ``score``: what target, residual and clip have to do with the phrase (spec 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..stages.contract import Resources, Stage
from ..stages.outcomes import Item, Kept, Outcome
from ..stages.stopping import StopRun
from ..stages.workshop import Workshop
from .index import real_config
from .phrases import FRAMES, phrase_space, scorer_of
from .tracks import tracks

NEAREST = 3
FEW = 16
"""Items of a part before a share of swapped ones says anything."""


class ScoreStage(Stage):
    """Measures, and rejects nothing: thresholds can change without embedding anew.

    S1 is the cosine of the target with its phrase; S2 its lead over the residual's; S3 its lead
    over the mean of the three nearest of other families' phrases; S4 the clip's cosine.
    """

    name: ClassVar[str] = "score"
    version: ClassVar[int] = 2
    batch: ClassVar[int] = 8
    resources: ClassVar[Resources] = Resources(gpus=0.25, memory_gib=4.0)

    def __init__(self, workshop: Workshop) -> None:
        """Load the scorer."""
        super().__init__(workshop)
        self.space = phrase_space(workshop)
        self.rules = real_config(workshop).semantic
        self.batch = self.rules.batch  # type: ignore[misc] # what memory has room for
        self.swapped: dict[int, list[bool]] = {}

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the scorer and what it is given."""
        real = real_config(workshop)
        return {
            "scorer": [real.scorer.name, scorer_of(workshop).fingerprint()],
            "frames": FRAMES,
            "negatives": real.semantic.negatives,
            "mixture_mode": real.mixture_mode,
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each item with its scores.

        Raises:
            StopRun: if target and residual of most items of a part look swapped.
        """
        clips = [clip for item in items for clip in self._clips(item)]
        vectors = self.space.sounds(clips).reshape(len(items), 3, -1)
        return [self._one(item, *three) for item, three in zip(items, vectors, strict=True)]

    def _clips(self, item: Item) -> tuple[Any, Any, Any]:
        parts = tracks(self.workshop.blobs, item.data, real_config(self.workshop).mixture_mode)
        active = item.data["active"]
        return (
            self.space.active(parts.target, active["target"]),
            self.space.active(parts.residual, active["residual"]),
            parts.mixture,
        )

    def _one(self, item: Item, target: Any, residual: Any, mixture: Any) -> Outcome:
        phrase = item.data["phrase"]
        own = self.space.phrase(phrase)
        s1 = float(target @ own)
        others = np.sort(self.space.negatives(phrase, self.rules.negatives) @ target)
        scores = {
            "s1": s1,
            "s2": s1 - float(residual @ own),
            "s3": s1 - float(others[-NEAREST:].mean()),
            "s4": float(mixture @ own),
        }
        self._mind_swaps(item, scores["s2"])
        clap = {name: round(value, 6) for name, value in scores.items()}
        return Kept((Item(item.id, item.root, {**item.data, "clap": clap}),), scores)

    def _mind_swaps(self, item: Item, lead: float) -> None:
        part = item.root // self.workshop.config.items_per_part
        seen = self.swapped.setdefault(part, [])
        seen.append(lead < -self.rules.swapped)
        if len(seen) >= FEW and sum(seen) > self.rules.swapped_share * len(seen):
            raise StopRun(
                f"Stage 'score': of {len(seen)} items of part {part}, {sum(seen)} have the named "
                "sound in the residual rather than in the target: the separator gives them in the "
                "other order, or hears another sound. Mend the provider and run again."
            )
