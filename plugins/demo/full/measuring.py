"""Cases measured: ours, the baseline and the upper bound, over the same rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ....core.catalog import Catalog
from ....core.codec import Codec
from ....core.errors import RequestError
from ....core.media.waveform import Waveform
from ....core.metric import Measured, Metric
from ....core.pipeline import Pipeline
from ..comparison import Find, Measurement, compare
from ..controls import copy_of_input, real_rendering
from .cases import Asked, ask
from .line import Line, Missing
from .listeners import Listeners
from .measures import MEASURES, Baseline, Measure

TOO_FEW = "no listener can be trained, for want of clips or kinds."
UNTOLD = "the requests do not say it: they bring no {clip}."
DEAF = "the listener hears no more of it in the real clips than in the baseline."


class Measuring:
    """Measures cases with one model and its listeners.

    Attributes:
        missing: lines that could not be measured honestly, so far.
    """

    def __init__(
        self, pipeline: Pipeline, catalog: Catalog, listeners: Listeners, seed: int
    ) -> None:
        """Keep the parts; ``seed`` decides what is generated anew for baselines."""
        self.pipeline = pipeline
        self.catalog = catalog
        self.listeners = listeners
        self.seed = seed
        self.missing: list[Missing] = []

    def lines(self, asked: Asked, wanted: Collection[tuple[str, str]] | None = None) -> list[Line]:
        """Return a line for each metric of the case's task that its rows allow.

        Args:
            asked: a case with the model's clips.
            wanted: pairs of task and metric to measure; `None`: all.
        """
        found = []
        anew: dict[str, Asked] = {}
        for choice in MEASURES.get(asked.case.task, ()):
            may = [
                measure
                for measure in choice.choices
                if wanted is None or (asked.case.task, measure.metric) in wanted
            ]
            line = self._first(asked, may, anew)
            if isinstance(line, Line):
                found.append(line)
            elif line is not None and not asked.case.without:  # missing of the whole, of its parts
                self.missing.append(line)
        return found

    def _first(
        self, asked: Asked, choices: Sequence[Measure], anew: dict[str, Asked]
    ) -> Line | Missing | None:
        """Return the first line there can be, or why not the first choice; `None` of no choice."""
        missing = None
        for measure in choices:
            line = self._line(asked, measure, anew)
            if isinstance(line, Line):
                return line
            missing = missing or Missing(asked.case, measure.metric, line)
        return missing

    def _line(self, asked: Asked, measure: Measure, anew: dict[str, Asked]) -> Line | str:
        """Return the line, or why there is none."""
        told_by = measure.told_by
        if told_by and not any(told_by in row.media for row in asked.rows):
            return UNTOLD.format(clip=told_by)
        build = self._builder(asked, measure)
        if build is None:
            return TOO_FEW
        clips, baseline = asked.clips, measure.baseline
        others: dict[str, Find] = {}
        if baseline.kind != "metric":
            others["baseline"] = self._baseline(asked, baseline, anew)
        if all(clip.reference is not None for clip in clips):
            others["bound"] = lambda i: through_codec(clips[i], self.pipeline)
        compared = compare(asked.case.task, clips, build, others)
        if compared is None:
            return _refusal(build(), clips[0])
        if self.listeners.learned_from_few(asked.case, measure.hears) and _is_deaf(compared):
            return DEAF
        picture = _confusion(build(), clips)
        return replace(self._as_line(asked, measure, compared), confusion=picture)

    def _as_line(self, asked: Asked, measure: Measure, compared: Measurement) -> Line:
        baseline = compared.controls.get("baseline")
        if measure.baseline.kind == "metric":
            name = measure.baseline.name
            metric = self.catalog.metrics.load(name)(self.catalog.metrics.get(name).config())
            found = compare(asked.case.task, asked.clips, lambda: metric, {})
            baseline = None if found is None else found.ours
        left_out = sum(compared.left_out.values())
        bound = compared.controls.get("bound")
        return Line(asked.case, measure, compared.ours, baseline, bound, left_out)

    def _builder(self, asked: Asked, measure: Measure) -> Callable[[], Metric] | None:
        """Return what makes the metric, or `None` where nobody could learn to listen for it."""
        parts: dict[str, Any] = self.listeners.for_metric(measure.metric, asked.case, measure.hears)
        if None in parts.values():
            return None
        if measure.among_recordings:
            parts["recordings"] = asked.clips
        factory = self.catalog.metrics.load(measure.metric)
        config = self.catalog.metrics.get(measure.metric).config(**measure.options)
        return lambda: factory(config, **parts)

    def _baseline(self, asked: Asked, baseline: Baseline, anew: dict[str, Asked]) -> Find:
        clips = asked.clips
        if baseline.kind == "copy":
            return lambda i: copy_of_input(clips[i])
        if baseline.kind == "another":
            other = one_cycle(len(clips), self.seed)
            return lambda i: replace(clips[i], generated=clips[other[i]].generated)
        if baseline.name not in anew:
            case = replace(asked.case, without=(*asked.case.without, baseline.name))
            anew[baseline.name] = ask(case, asked.rows, self.pipeline, self.seed)
        made = anew[baseline.name].clips
        return lambda i: made[i]


def one_cycle(count: int, seed: int) -> list[int]:
    """Return a row's number for each row, none its own, every other one as likely.

    Not that of a neighbour: in a sorted manifest it is of the same kind.

    Source: Sattolo 1986, "An Algorithm to Generate a Random Cyclic Permutation".
    """
    generator = np.random.default_rng(seed)
    numbers = list(range(count))
    for i in range(count - 1, 0, -1):
        j = int(generator.integers(i))
        numbers[i], numbers[j] = numbers[j], numbers[i]
    return numbers


def _is_deaf(compared: Measurement) -> bool:
    """Tell whether the reference itself scores no better than the baseline, if both are there."""
    found = [compared.controls.get(name) for name in ("bound", "baseline")]
    if None in found:
        return False
    bound, baseline = (result.value for result in found if result is not None)
    return bound <= baseline if compared.ours.direction == "higher" else bound >= baseline


def _refusal(metric: Metric, clip: Measured) -> str:
    """Return why a metric cannot take a clip."""
    try:
        metric.update(clip)
    except RequestError as refusal:
        return str(refusal)
    return "the baseline cannot be measured."


def _confusion(metric: Metric, clips: Sequence[Measured]) -> bytes | None:
    """Return a picture of what a classifier took for what; `None` for metrics without one."""
    draw = getattr(metric, "confusion", None)
    if draw is None:
        return None
    try:
        picture: bytes = draw(clips).png()
    except RequestError:  # a row without such truth; the line has counted it
        return None
    return picture


@torch.no_grad()
def through_codec(clip: Measured, pipeline: Pipeline) -> Measured:
    """Return the row with its reference, encoded and decoded, in the model's place.

    Raises:
        RequestError: if the row has no reference.
    """
    real = real_rendering(clip).generated
    codec: Codec = pipeline.model.codec
    samples = real.samples[None].to(pipeline.model.device)
    decoded = codec.decode(codec.encode(samples))[0, :, : samples.shape[-1]].float().cpu()
    if not bool(torch.isfinite(decoded).all()):
        raise RequestError("The codec made a reference into samples that are not finite.")
    return replace(clip, generated=Waveform(decoded, real.sample_rate_hz))


def all_lines(measuring: Measuring, asked: Sequence[Asked]) -> list[Line]:
    """Return the lines of all cases, in their order."""
    return [line for item in asked for line in measuring.lines(item)]
