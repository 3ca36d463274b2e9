"""The stage ``semantic``: keep what is what it is called, by thresholds or by rank (spec 3.4)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ....core.errors import ConfigError
from ..stages.contract import RootStage, Stage
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.parts import Part, parts_in
from ..stages.stopping import StopRun
from ..stages.workshop import Workshop
from .config import SemanticRules, Thresholds
from .index import IndexStage, real_config
from .phrases import scorer_of
from .score import ScoreStage


class SemanticStage(Stage):
    """The paper's CLAP filter. Without calibrated thresholds the best of each family are kept."""

    name: ClassVar[str] = "semantic"
    reasons: ClassVar[Mapping[str, str]] = {
        "swapped": "the named sound is in the residual",
        "not_the_sound": "the target is too far from its phrase (S1)",
        "still_in_residual": "the residual is too near to the phrase (S2)",
        "by_chance": "other sounds are as near to the target (S3)",
        "not_among_best": "not in the family's best keep_fraction by S1 + S2",
    }

    def __init__(self, workshop: Workshop) -> None:
        """Keep the rules; by rank, all scores are looked up."""
        super().__init__(workshop)
        self.rules: SemanticRules = real_config(workshop).semantic
        self.best: frozenset[str] | None = None

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the rules.

        Raises:
            ConfigError: if thresholds were calibrated with another checkpoint.
        """
        rules = real_config(workshop).semantic
        if rules.thresholds is not None:
            check_checkpoint(rules.thresholds, scorer_of(workshop).weights_sha256())
        return rules.model_dump(mode="json", exclude={"negatives", "batch", "swapped_share"})

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the items that are what they are called."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        scores = item.data["clap"]
        if scores["s2"] < -self.rules.swapped:
            return Rejected("swapped", scores)
        reason = self._fault(item.id, scores)
        return Kept((item,), scores) if reason is None else Rejected(reason, scores)

    def _fault(self, id_: str, scores: Mapping[str, float]) -> str | None:
        if self.rules.thresholds is not None:
            return fault_of(scores, self.rules.thresholds)
        if self.best is None:
            require_complete(self.workshop, IndexStage, ScoreStage, "semantic.thresholds")
            scored = all_kept(self.workshop, ScoreStage)
            self.best = best_of_families(scored, self.rules.keep_fraction)
        return None if id_ in self.best else "not_among_best"


def fault_of(scores: Mapping[str, float], thresholds: Thresholds) -> str | None:
    """Return the first threshold that scores miss, as a reason, or `None`."""
    checks = {
        "not_the_sound": scores["s1"] < thresholds.target,
        "still_in_residual": scores["s2"] < thresholds.over_residual,
        "by_chance": scores["s3"] < thresholds.over_chance,
    }
    return next((reason for reason, fails in checks.items() if fails), None)


def all_kept(workshop: Workshop, stage: type[Stage]) -> Iterator[Item]:
    """Yield everything that a stage kept, one part in memory at a time."""
    for part in parts_in(workshop.folder(stage.name)):
        yield from part.kept()


def best_of_families(items: Iterable[Item], fraction: float) -> frozenset[str]:
    """Return the ids of the best share of every family by S1 + S2; at least one of each."""
    families: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for item in items:
        rank = -(item.data["clap"]["s1"] + item.data["clap"]["s2"])
        families[item.data["phrase"]["family"]].append((rank, item.id))
    return frozenset(
        id_
        for ranked in families.values()
        for _, id_ in sorted(ranked)[: math.ceil(fraction * len(ranked))]
    )


def check_checkpoint(thresholds: Thresholds, weights_sha256: str) -> None:
    """Raise ConfigError unless thresholds were calibrated with the scorer's weights."""
    if thresholds.weights_sha256 != weights_sha256:
        raise ConfigError(
            f"real.semantic.thresholds are good for a scorer with weights "
            f"{thresholds.weights_sha256[:12]}…; the one chosen has {weights_sha256[:12]}…. "
            "Calibrate anew, choose that scorer, or leave the thresholds out: then the best "
            "fraction of each family is kept."
        )


def require_complete(
    workshop: Workshop, first: type[RootStage], stage: type[Stage], instead: str
) -> None:
    """Raise StopRun unless a stage that is looked up as a whole is complete.

    Args:
        workshop: of the data set.
        first: the stage that its branch begins with.
        stage: the one to look up.
        instead: option without which it need not be.
    """
    size = workshop.config.items_per_part
    parts = range(-(-first.count(workshop) // size))
    folder = workshop.folder(stage.name)
    missing = [number for number in parts if Part(folder, number).done() is None]
    if missing:
        raise StopRun(
            f"Which items are best is decided among all of them, and {len(missing)} of "
            f"{len(parts)} parts of stage '{stage.name}' are not complete. Run without --limit, or "
            f"set {instead}."
        )
