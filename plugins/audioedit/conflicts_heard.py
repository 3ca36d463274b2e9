"""How often a background was passed over for what it sounds like, and from which cosine on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .funnel import conflicts_met
from .stages.parts import parts_in
from .stages.pipeline import Step
from .stages.workshop import Workshop
from .synthesis.conflict_stage import ConflictScoreStage
from .synthesis.guard import PERCENTILE
from .synthesis.stages import HEARD, PlanStage, guard_of


@dataclass(frozen=True)
class HeardConflicts:
    """What the scorer of ``synthesis.conflict_scorer`` found.

    Attributes:
        met: backgrounds that sound like a sound of their scene, though their words do not say so.
        drawn: backgrounds that were drawn.
        threshold: τ, the cosine above which that is so.
        percentile: of cosines of random backgrounds with random phrases, which τ is.
        scorer: its name.
        weights_sha256: of its checkpoint, which alone τ is good for.
    """

    met: int
    drawn: int
    threshold: float
    percentile: int
    scorer: str
    weights_sha256: str | None


def conflicts_heard(workshop: Workshop, steps: Sequence[Step]) -> HeardConflicts | None:
    """Return what was passed over by ear; `None` where no scorer listens, or nothing is planned.

    Raises:
        DataError: if a part is damaged.
    """
    words = conflicts_met(workshop, steps)
    if words is None or ConflictScoreStage not in {step.stage for step in steps} or not words[1]:
        return None
    guard = guard_of(workshop)
    assert guard is not None  # noqa: S101 - it has the stage
    met = sum(
        int((line.scores or {}).get(HEARD, 0))
        for part in parts_in(workshop.folder(PlanStage.name))
        for line in part.lines()
    )
    tool = guard.tool
    return HeardConflicts(
        met, words[1], guard.threshold, PERCENTILE, tool.name, tool.weights_sha256
    )
