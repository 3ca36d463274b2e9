"""How many items went into every stage, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .stages.parts import parts_in
from .stages.pipeline import Step
from .stages.workshop import Workshop
from .synthesis.stages import CONFLICTS, HEARD, PlanStage

PAPER = {
    "labelled clips": 540_000,
    "activity": 347_000,
    "semantic": 50_000,
    "style pairs": 500_000,
}
"""The paper's funnel of its real branch (section 3): items left after each step."""


@dataclass
class StageCounts:
    """A line of the funnel: in = kept + rejected + failed.

    Attributes:
        stage: its name.
        branch: of the stage.
        kept: items that went on.
        made: what they went on as; more where one becomes several.
        rejected: reason → items.
        failed: items of which nothing could be told.
        retryable: of those, how many another run tries again.
        parts: complete ones.
        open_parts: ones in work.
        seconds: that complete parts took, over all processes.
        finished: outcomes of complete parts.
        waiting: items that the stage before made and that have no outcome; `None` of a first one.
    """

    stage: str
    branch: str
    kept: int = 0
    made: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    retryable: int = 0
    parts: int = 0
    open_parts: int = 0
    seconds: float = 0.0
    finished: int = 0
    waiting: int | None = None

    @property
    def per_second(self) -> float | None:
        """Return how many items a process does in a second; `None` before a part is complete."""
        return self.finished / self.seconds if self.finished and self.seconds > 0 else None

    @property
    def left_s(self) -> float | None:
        """Return how long one process will take for what waits, in seconds, as far as known."""
        if self.waiting is None or self.per_second is None:
            return None
        return self.waiting / self.per_second

    @property
    def came_in(self) -> int:
        """Return how many items have an outcome."""
        return self.kept + self.rejected.total() + self.failed

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "stage": self.stage,
            "branch": self.branch,
            "in": self.came_in,
            "kept": self.kept,
            "made": self.made,
            "rejected": dict(sorted(self.rejected.items())),
            "failed": self.failed,
            "retryable": self.retryable,
            "parts": self.parts,
            "open_parts": self.open_parts,
            "seconds": round(self.seconds, 1),
            "per_process_second": _rounded(self.per_second, 2),
            "waiting": self.waiting,
            "process_seconds_left": _rounded(self.left_s, 0),
        }


def funnel(workshop: Workshop, steps: Sequence[Step]) -> list[StageCounts]:
    """Return the counts of all stages, in order.

    Raises:
        DataError: if a part is damaged.
    """
    lines = {step.name: _counts(workshop, step) for step in steps}
    for step in steps:
        if step.upstream is not None:
            own, before = lines[step.name], lines[step.upstream]
            own.waiting = max(0, before.made - own.came_in)
    return list(lines.values())


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def conflicts_met(workshop: Workshop, steps: Sequence[Step]) -> tuple[int, int] | None:
    """Return how many backgrounds had a sound of their scene already, and how many were drawn.

    `None` without a synthesis branch. Scenes that are drawn anew as they are rendered do not count.
    """
    if PlanStage not in {step.stage for step in steps}:
        return None
    met = drawn = 0
    for part in parts_in(workshop.folder(PlanStage.name)):
        for line in part.lines():
            passed, heard = (int((line.scores or {}).get(name, 0)) for name in (CONFLICTS, HEARD))
            met += passed
            drawn += passed + heard + (line.outcome == "kept")
    return met, drawn


def _counts(workshop: Workshop, step: Step) -> StageCounts:
    counts = StageCounts(step.name, step.branch)
    for part in parts_in(workshop.folder(step.name)):
        done = part.done()
        counts.parts += done is not None
        counts.open_parts += done is None
        counts.seconds += 0.0 if done is None else done.seconds
        for line in part.lines():
            counts.finished += done is not None
            if line.outcome == "kept":
                counts.kept += 1
                counts.made += len(line.items)
            elif line.outcome == "rejected":
                counts.rejected[line.reason] += 1
            else:
                counts.failed += 1
                counts.retryable += line.retryable
    return counts
