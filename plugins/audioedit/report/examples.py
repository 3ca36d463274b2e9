"""Examples of what was rejected, of every reason some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..seeds import fraction
from ..stages.parts import parts_in
from ..stages.pipeline import Step
from ..stages.workshop import Workshop

PER_REASON = 5


@dataclass(frozen=True)
class Example:
    """One item that did not go on.

    Attributes:
        stage: where.
        reason: a code.
        meaning: the code in words.
        id: of the item.
        detail: what was found.
        scores: what was measured.
    """

    stage: str
    reason: str
    meaning: str
    id: str
    detail: str
    scores: Mapping[str, float]


def rejected_examples(
    workshop: Workshop, steps: Sequence[Step], per_reason: int = PER_REASON
) -> list[Example]:
    """Return up to five items of each stage and reason, at random, the same every time.

    Raises:
        DataError: if a part is damaged.
    """
    found: dict[tuple[str, str], list[Example]] = {}
    for step in steps:
        for part in parts_in(workshop.folder(step.name)):
            for line in part.lines():
                if line.outcome == "kept":
                    continue
                meaning = step.stage.reasons.get(line.reason, line.outcome)
                example = Example(
                    step.name, line.reason, meaning, line.id, line.detail, line.scores or {}
                )
                found.setdefault((step.name, line.reason), []).append(example)
    return [example for examples in found.values() for example in _some(examples, per_reason)]


def _some(examples: Sequence[Example], most: int) -> list[Example]:
    return sorted(examples, key=lambda e: fraction("report", e.stage, e.id))[:most]
