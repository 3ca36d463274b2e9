"""The stage ``assemble``: one separated item serves add, remove and extract (spec section 3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ....core.errors import DataError
from ..blobs import Grid
from ..records import AudioFacts
from ..sound.grid import check_range, mix, quantise
from ..sound.loudness import to_db
from ..stages.contract import Stage
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.workshop import Workshop
from ..words.chosen import wording_settings
from .config import MixtureMode, RealTask
from .index import real_config
from .pairs import (
    UNWORDED,
    Heard,
    Pair,
    Side,
    common_gain,
    record_of,
    without_words,
    written,
)
from .tracks import Tracks, tracks

LEAST_MORE_LU = -0.5
"""How much quieter a scene with the sound may be than without it."""
SIDES: Mapping[RealTask, tuple[str, str]] = {
    "add": ("residual", "mixture"),
    "remove": ("mixture", "residual"),
    "extract": ("mixture", "target"),
}
"""Task → which track is the source, and which the target."""
SAID: Mapping[str, Heard] = {"mixture": "with", "residual": "without", "target": "alone"}
"""Track → what its caption names."""


class AssembleStage(Stage):
    """Writes the tracks of items on one grid under one gain, and the records of their pairs."""

    name: ClassVar[str] = "assemble"
    version: ClassVar[int] = 2
    reasons: ClassVar[Mapping[str, str]] = {
        "too_hot": "the scene would have to be turned down by more than 12 dB",
        "nothing_added": "the scene with the sound is quieter than the scene without it",
        "unworded": UNWORDED,
    }

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the tasks, the mode and the languages."""
        real = real_config(workshop)
        return {
            "tasks": real.tasks,
            "mixture_mode": real.mixture_mode,
            "languages": workshop.config.languages,
            **wording_settings(workshop),
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the pairs of each item."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        real, config = real_config(self.workshop), self.workshop.config
        if missing := without_words(self.workshop, item.data):
            return Rejected("unworded", detail=missing)
        parts = tracks(self.workshop.blobs, item.data, real.mixture_mode)
        common = common_gain([parts.mixture, parts.target, parts.residual])
        if common is None:
            return Rejected("too_hot")
        grids = on_grid(parts, common, config.bits, real.mixture_mode)
        facts = {name: written(self.workshop, grid) for name, grid in grids.items()}
        more = _loudness(facts["mixture"]) - _loudness(facts["residual"])
        tasks = [t for t in real.tasks if t != "add" or more >= LEAST_MORE_LU]
        if not tasks:
            return Rejected("nothing_added", {"more_lu": more})
        scene = {
            "mixture_mode": real.mixture_mode,
            "consistency_sisdr_db": item.data["consistency"]["si_sdr_db"],
            "gain_db": round(to_db(common) or 0.0, 4),
        }
        made = [self._pair(item, task, facts, scene) for task in tasks]
        return Kept(tuple(made), {"more_lu": more, "pairs": float(len(made))})

    def _pair(
        self, item: Item, task: RealTask, facts: Mapping[str, AudioFacts], scene: Mapping[str, Any]
    ) -> Item:
        source, target = (Side(facts[name], SAID[name]) for name in SIDES[task])
        pair = Pair(
            task,
            source,
            target,
            scene,
            stems={"event": facts["target"], "residual": facts["residual"]},
            exact=scene["mixture_mode"] != "original",
        )
        record = record_of(self.workshop, item, pair)
        return Item(record.id, item.root, {"record": record.model_dump(mode="json")})


def on_grid(parts: Tracks, common: float, bits: int, mode: MixtureMode) -> dict[str, Grid]:
    """Return the tracks as integers under one gain.

    Where they are to add up, one of them is the sum or the difference of the other two, so that
    they do so exactly.

    Raises:
        DataError: if a sample does not fit.
    """
    target = quantise(parts.target, common, bits)
    if mode == "subtract":
        mixture = quantise(parts.mixture, common, bits)
        rest = mixture.astype(np.int64) - target
        check_range(rest, bits)
        residual: Grid = rest.astype(np.int32)
    else:
        residual = quantise(parts.residual, common, bits)
        whole = mix([target, residual], bits) if mode == "recomposed" else None
        mixture = quantise(parts.mixture, common, bits) if whole is None else whole
    if mode != "original" and not np.array_equal(mixture - residual, target):
        raise DataError("Target and residual do not add up to the scene; expected exact sums.")
    return {"mixture": mixture, "target": target, "residual": residual}


def _loudness(facts: AudioFacts) -> float:
    return -70.0 if facts.lufs is None else facts.lufs
