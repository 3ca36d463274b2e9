"""The stages of the synthesis branch: plan, render, verify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ....core.errors import DataError
from ..config import AudioEditConfig
from ..ingredients.stage import IngredientStage
from ..records import EditRecord
from ..sound import guards
from ..stages.contract import RootStage, Stage
from ..stages.outcomes import Item, Kept, Outcome, Rejected
from ..stages.pipeline import Step
from ..stages.workshop import Workshop
from ..words.chosen import wording_settings
from .conflict_stage import ConflictScoreStage
from .guard import ConflictGuard, build_guard
from .pairs import PairMaker
from .plan import Planner, ScenePlan
from .render import Renderer
from .unusable import REASONS, Unusable
from .verify import REASONS as VERIFY_REASONS
from .verify import examined

DRAWS = 5
"""Plans that a scene may take before it is rejected."""


CONFLICTS = "conflicts"
"""Score of a plan: backgrounds that were drawn and have one of its sounds already, by words."""
HEARD = "conflicts_heard"
"""The same by ear alone: their words say nothing of it; only where a scorer listens."""


class PlanStage(RootStage):
    """Draws every scene as numbers."""

    name: ClassVar[str] = "plan_scenes"
    version: ClassVar[int] = 2
    reasons: ClassVar[Mapping[str, str]] = {
        "label_conflict": "no background lacks the sounds of the scene"
    }

    def __init__(self, workshop: Workshop) -> None:
        """Look up the ingredients.

        Raises:
            DataError: if no split has both sounds and backgrounds.
        """
        super().__init__(workshop)
        self.planner = _planner(workshop)
        if not self.planner.splits():
            raise DataError(self._lacking())

    def _lacking(self) -> str:
        planner = self.planner
        counts = ", ".join(
            f"{split}: {sum(map(len, planner.events[split].values()))} sounds and "
            f"{len(planner.backgrounds[split])} backgrounds"
            for split in ("train", "validation")
        )
        return (
            f"No scene can be planned: of the recordings that can be used there are {counts}; "
            "expected both in one split. See why others were rejected: audio-omni audioedit "
            f"status {self.workshop.root}. Then add recordings, or lower split.validation_fraction."
        )

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return the ranges; the number of scenes changes none of those that were there."""
        synthesis = workshop.config.synthesis
        assert synthesis is not None  # noqa: S101 - the branch exists
        kept = synthesis.model_dump(
            mode="json",
            exclude={"scenes", "foreground", "background", "warper", "conflict_scorer"},
        )  # what the scorer heard is in the key of the stage that is read
        return {**kept, "split": workshop.config.split.model_dump(mode="json")}

    @classmethod
    def count(cls, workshop: Workshop) -> int:
        """Return the number of scenes."""
        assert workshop.config.synthesis is not None  # noqa: S101 - the branch exists
        return workshop.config.synthesis.scenes

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the plan of each scene."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        plan = self.planner.draw(item.root)
        met = {CONFLICTS: float(self.planner.conflicts_met)}
        if self.planner.guard is not None:
            met[HEARD] = float(self.planner.conflicts_heard)
        if plan is None:
            return Rejected("label_conflict", met)
        return Kept((Item(item.id, item.root, {"plan": plan.model_dump(mode="json")}),), met)


class RenderStage(Stage):
    """Renders scenes, and writes the pairs that are made of them."""

    name: ClassVar[str] = "render"
    version: ClassVar[int] = 3
    reasons: ClassVar[Mapping[str, str]] = {
        **REASONS, "label_conflict": "another draw found no background"
    }  # fmt: skip

    def __init__(self, workshop: Workshop) -> None:
        """Build the renderer; the warper loads now."""
        super().__init__(workshop)
        self.planner = _planner(workshop)
        self.maker = PairMaker(workshop, self.planner)
        self.renderer = renderer_of(workshop)

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return what a plan does not hold: the warper, the levels, the languages."""
        config = workshop.config
        assert config.synthesis is not None  # noqa: S101 - the branch exists
        warper = config.synthesis.warper if config.synthesis.warps else None
        known = None if warper is None else workshop.provider("warper", warper).fingerprint()
        return {
            "warper": [None if warper is None else warper.name, known],
            "level": config.synthesis.level.model_dump(mode="json"),
            "languages": list(config.languages),
            **wording_settings(workshop),
        }

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return the pairs of each scene."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        plan: ScenePlan | None = ScenePlan.model_validate(item.data["plan"])
        refused: Counter[str] = Counter()
        for draw in range(1, DRAWS + 1):
            if plan is None:
                refused["label_conflict"] += 1
            else:
                try:
                    tracks = self.renderer.render(plan)
                    records = self.maker.pairs(plan, tracks)
                except Unusable as failure:
                    refused[failure.reason] += 1
                else:
                    scores = {f"redrawn_{code}": float(n) for code, n in sorted(refused.items())}
                    made = [Item(r.id, item.root, {"record": r.model_dump(mode="json")})
                            for r in records]  # fmt: skip
                    return Kept(tuple(made), scores)
            plan = self.planner.draw(item.root, draw)
        reason = refused.most_common(1)[0][0]
        return Rejected(reason, {code: float(n) for code, n in sorted(refused.items())})


class VerifyStage(Stage):
    """Reads every pair back and proves that it is what its record says (spec section 4.6)."""

    name: ClassVar[str] = "verify"
    version: ClassVar[int] = 3
    reasons: ClassVar[Mapping[str, str]] = {**VERIFY_REASONS, **guards.REASONS}

    @classmethod
    def settings(cls, workshop: Workshop) -> Mapping[str, Any]:
        """Return nothing: the checks are constants."""
        return {}

    def process(self, items: Sequence[Item]) -> list[Outcome]:
        """Return each record as verified, or why it is not."""
        return [self._one(item) for item in items]

    def _one(self, item: Item) -> Outcome:
        record = EditRecord.model_validate(item.data["record"])
        found = examined(record, self.workshop.blobs)
        if (fault := found.fault) is not None:
            return Rejected(fault.reason, fault.scores, fault.detail)
        quality = record.quality.model_copy(update={"verified": True})
        came_out = {} if found.snr_db is None else {"snr_realised_db": round(found.snr_db, 4)}
        scores = {**record.scores, **came_out}
        verified = record.model_copy(update={"quality": quality, "scores": scores})
        return Kept((Item(item.id, item.root, {"record": verified.model_dump(mode="json")}),))


def synthesis_steps(config: AudioEditConfig) -> list[Step]:
    """Return the stages of the branch, in order."""
    listening: list[Step] = []
    if is_guarded(config):
        own = ("ingredients",)
        listening = [
            Step(ConflictScoreStage, "ingredients", upstream=own[0], tables=own, whole=True)
        ]
    tables = ("ingredients", *(step.name for step in listening))
    return [
        Step(IngredientStage, "ingredients", whole=True),
        *listening,
        Step(PlanStage, "synth", tables=tables),
        Step(RenderStage, "synth", upstream="plan_scenes", tables=tables),
        Step(VerifyStage, "synth", upstream="render"),
    ]


def renderer_of(workshop: Workshop) -> Renderer:
    """Return what renders the plans of a data set."""
    synthesis = workshop.config.synthesis
    assert synthesis is not None  # noqa: S101 - the branch exists
    warper = workshop.provider("warper", synthesis.warper) if synthesis.warps else None
    return Renderer(workshop.config, workshop.blobs, warper)


def is_guarded(config: AudioEditConfig) -> bool:
    """Tell whether backgrounds are compared with sounds by ear."""
    return config.synthesis is not None and config.synthesis.conflict_scorer is not None


def guard_of(workshop: Workshop) -> ConflictGuard | None:
    """Return the guard of a data set; `None` if it has none.

    Raises:
        DataError: if no background was measured.
    """
    if not is_guarded(workshop.config):
        return None
    scored = workshop.table(ConflictScoreStage.name)
    return build_guard(workshop.table("ingredients"), scored, workshop.config.key)


def _planner(workshop: Workshop) -> Planner:
    return workshop.once(
        "planner",
        lambda: Planner(workshop.config, workshop.table("ingredients"), guard_of(workshop)),
    )
