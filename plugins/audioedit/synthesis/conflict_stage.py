"""The stage ``conflict_scores``: what every background has to do with every sound, by ear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..providers.contract import Scorer, Signal
from ..real.phrases import FRAMES, PhraseSpace
from ..real.tools import tool_uses
from ..stages.contract import Resources, Stage
from ..stages.outcomes import Item, Kept, Outcome
from ..stages.workshop import Workshop
from .guard import conflict_item, phrases_of


class ConflictScoreStage(Stage):
    """Embeds each background once, and keeps its cosines with the phrases of all sounds.

    Planning reads them: no process of it loads the scorer.
    """

    name: ClassVar[str] = "conflict_scores"
    batch: ClassVar[int] = 8
    resources: ClassVar[Resources] = Resources(gpus=0.25, memory_gib=4.0)

    def __init__(self, workshop: Workshop) -> None:
        """Load the scorer, and embed the phrases."""
        super().__init__(workshop)
        config = workshop.config
        self.space = PhraseSpace(_scorer(workshop), config.sample_rate_hz, config.key)
        named = phrases_of(workshop.table("ingredients"))
        self.phrases = np.array(
            [self.space.phrase({"label": bare, "indefinite": said}) for bare, said in named]
        )
        (self.tool,) = tool_uses([(self.name, _name(workshop), _scorer(workshop))], {})

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the scorer and what it is given."""
        return {"scorer": [_name(workshop), _scorer(workshop).fingerprint()], "frames": FRAMES}

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each background with its cosines; a sound goes no further."""
        backgrounds = [item for item in items if item.data["role"] == "background"]
        made = dict(zip((b.id for b in backgrounds), self._cosines(backgrounds), strict=True))
        return [
            Kept((conflict_item(item, made[item.id], self.tool),) if item.id in made else ())
            for item in items
        ]

    def _cosines(self, backgrounds: Sequence[Item]) -> NDArray[np.float64]:
        """Return (B, P)."""
        if not backgrounds or not len(self.phrases):
            return np.zeros((len(backgrounds), 0))
        sounds = self.space.sounds([self._clip(item) for item in backgrounds])
        return np.asarray(sounds @ self.phrases.T, np.float64)

    def _clip(self, background: Item) -> Signal:
        samples, _ = self.workshop.blobs.samples(background.data["sha256"])
        return samples if samples.ndim == 1 else samples.mean(axis=1)


def _name(workshop: Workshop) -> str:
    synthesis = workshop.config.synthesis
    assert synthesis is not None  # noqa: S101 - the branch exists
    assert synthesis.conflict_scorer is not None  # noqa: S101 - or there were no such stage
    return synthesis.conflict_scorer.name


def _scorer(workshop: Workshop) -> Scorer:
    synthesis = workshop.config.synthesis
    assert synthesis is not None  # noqa: S101 - the branch exists
    scorer: Scorer = workshop.provider("scorer", synthesis.conflict_scorer)
    return scorer
