"""How many items went into every stage, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .stages.parts import parts_in
from .stages.pipeline import Step
from .stages.workshop import Workshop

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
        }


def funnel(workshop: Workshop, steps: Sequence[Step]) -> list[StageCounts]:
    """Return the counts of all stages, in order.

    Raises:
        DataError: if a part is damaged.
    """
    return [_counts(workshop, step) for step in steps]


def _counts(workshop: Workshop, step: Step) -> StageCounts:
    counts = StageCounts(step.name, step.branch)
    for part in parts_in(workshop.folder(step.name)):
        done = part.done()
        counts.parts += done is not None
        counts.open_parts += done is None
        counts.seconds += 0.0 if done is None else done.seconds
        for line in part.lines():
            if line.outcome == "kept":
                counts.kept += 1
                counts.made += len(line.items)
            elif line.outcome == "rejected":
                counts.rejected[line.reason] += 1
            else:
                counts.failed += 1
                counts.retryable += line.retryable
    return counts
