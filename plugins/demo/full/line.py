"""One line of the table, and one that it could not have."""

from __future__ import annotations

from dataclasses import dataclass

from ....core.metric_result import MetricResult
from .cases import Case
from .measures import Measure


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        case: what was asked.
        measure: the metric and its baseline.
        ours: over the model's clips.
        baseline: over the baseline's, or `None` where it cannot be measured.
        bound: over the references through the codec, or `None` without references.
        left_out: clips that could not be measured.
        confusion: picture (PNG) of what was heard for what, where a classifier listened.
    """

    case: Case
    measure: Measure
    ours: MetricResult
    baseline: MetricResult | None
    bound: MetricResult | None
    left_out: int = 0
    confusion: bytes | None = None


@dataclass(frozen=True)
class Missing:
    """A line that the table could not have.

    Attributes:
        case: what was asked.
        metric: what should have been measured of it.
        reason: why it was not, as a sentence.
    """

    case: Case
    metric: str
    reason: str
