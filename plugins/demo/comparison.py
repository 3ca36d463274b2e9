"""One metric over the clips of one task, and over other clips in their place, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.errors import RequestError, UndefinedError
from ...core.metric import Measured, Metric
from ...core.metric_result import MetricResult


@dataclass(frozen=True)
class Measurement:
    """One metric over the clips of one task, beside its controls.

    Attributes:
        task: name of the task.
        ours: over the model's clips.
        controls: name of a control to its result, over the same clips.
        chance: what guessing gets, or `None` where that means nothing.
        left_out: reason to number of clips that could not be measured.
    """

    task: str
    ours: MetricResult
    controls: Mapping[str, MetricResult] = field(default_factory=dict)
    chance: float | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)


Find = Callable[[int], Measured]
"""Gives the clip of a row by its number."""


def compare(
    task: str,
    clips: Sequence[Measured],
    build: Callable[[], Metric],
    others: Mapping[str, Find],
    *,
    chance: float | None = None,
) -> Measurement | None:
    """Return one metric over the clips that it and all others can be taken of, or `None`.

    A clip that the metric cannot measure is left out of ours and of the others alike, and counted.

    Args:
        task: name of the task.
        clips: what the model made, one for each row.
        build: makes an empty metric.
        others: name to what stands in the model's place, row by row.
        chance: what guessing gets.
    """
    taken = {name: build() for name in ("", *others)}  # the first, without a name, is ours
    kept = 0
    left_out: Counter[str] = Counter()
    for number, clip in enumerate(clips):
        try:
            taken[""].update(clip)
            for name, find in others.items():
                taken[name].update(find(number))
            kept += 1
        except RequestError as refusal:
            told = refusal.reason if isinstance(refusal, UndefinedError) else str(refusal)
            left_out[told] += 1
            for metric in taken.values():  # ours and the others stay over the same clips
                metric.forget(kept)
    if not kept:
        return None
    results = {name: metric.compute() for name, metric in taken.items()}
    return Measurement(task, results.pop(""), results, chance, dict(left_out))
