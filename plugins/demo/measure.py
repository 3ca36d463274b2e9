"""Rows of numbers beside their baselines: edits by distance, generation by what is heard.

A *control* is the same row with another clip in the model's place: the input of an edit, silence,
or the target itself. A number means little without them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from ...core.catalog import Catalog
from ...core.errors import RequestError
from ...core.metric import Measured, Metric, MetricResult
from .page.report import Cell, Table

EDIT_METRICS = (
    "lsd",
    "lsd_inside",
    "lsd_outside",
    "log_mel_distance",
    "log_mel_distance_inside",
    "log_mel_distance_outside",
)
HEARD_METRICS = ("event_heard", "event_heard_top1")

_WORDS = {
    "lsd": "log-spectral distance (LSD)",
    "lsd_inside": "LSD inside the edit",
    "lsd_outside": "LSD outside the edit",
    "log_mel_distance": "log-mel distance",
    "log_mel_distance_inside": "log-mel inside the edit",
    "log_mel_distance_outside": "log-mel outside the edit",
    "si_sdr": "SI-SDR",
    "event_heard": "prompted events heard",
    "event_heard_top1": "first guess is right",
}


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


def copy_of_input(clip: Measured) -> Measured:
    """Return the row with the input of the edit in the model's place.

    Raises:
        RequestError: if the row has no input.
    """
    if clip.source is None:
        raise RequestError(
            "The control 'copy the input' got a row without an input; use it for edits only."
        )
    return replace(clip, generated=clip.source)


def silence(clip: Measured) -> Measured:
    """Return the row with silence of the same length in the model's place."""
    samples = torch.zeros_like(clip.generated.samples)
    return replace(clip, generated=clip.generated.converted(samples, "replaced by silence"))


def real_rendering(clip: Measured) -> Measured:
    """Return the row with its target in the model's place: the most that can be reached.

    Raises:
        RequestError: if the row has no target.
    """
    if clip.reference is None:
        raise RequestError("The control 'real rendering' got a row without a target.")
    return replace(clip, generated=clip.reference)


Control = Callable[[Measured], Measured]
EDIT_CONTROLS: Mapping[str, Control] = {"copy the input": copy_of_input, "silence": silence}


def measure_edits(
    clips: Mapping[str, Sequence[Measured]],
    catalog: Catalog,
    *,
    metrics: Sequence[str] = EDIT_METRICS,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    controls: Mapping[str, Control] = EDIT_CONTROLS,
) -> list[Measurement]:
    """Return every metric of every editing task, beside its controls.

    A clip that a metric cannot measure (no frame outside the edit, for example) is left out of
    ours and of the controls alike, and counted; a metric without any clip is left out.

    Args:
        clips: task to its measured clips, each with source and reference.
        catalog: where the metrics are registered.
        metrics: their names.
        options: name of a metric to its options; defaults when left out.
        controls: name to what replaces the model's clip.
    """
    chosen = options or {}
    results = []
    for task, items in clips.items():
        for name in metrics:

            def build(name: str = name) -> Metric:
                spec = catalog.metrics.get(name)
                return _metric(catalog, name)(spec.config(**chosen.get(name, {})))

            results.append(_measure(task, items, build, controls))
    return [result for result in results if result is not None]


def measure_heard(
    clips: Mapping[str, Sequence[Measured]],
    catalog: Catalog,
    classifier: Any,
    *,
    metrics: Sequence[str] = HEARD_METRICS,
) -> list[Measurement]:
    """Return how often the prompted events are heard, beside real renderings and chance.

    Args:
        clips: task to its measured clips; the reference is a real rendering of the prompt.
        catalog: where the metrics are registered.
        classifier: a trained classifier of events; has ``labels``, ``digest`` and ``predict``.
        metrics: names of metrics whose class takes ``classifier=``.
    """
    controls: Mapping[str, Control] = {"real renderings": real_rendering}
    results = []
    for task, items in clips.items():
        for name in metrics:

            def build(name: str = name) -> Metric:
                return _metric(catalog, name)(classifier=classifier)

            found = _measure(task, items, build, controls)
            if found is not None:
                results.append(replace(found, chance=chance_level(items, len(classifier.labels))))
    return results


def chance_level(clips: Sequence[Measured], labels: int) -> float:
    """Return the expected score of a guess: the mean share of the labels that are in a scene."""
    shares = []
    for clip in clips:
        present = {str(event["label"]) for event in clip.truth.get("events") or ()}
        if clip.truth.get("label") is not None:
            present.add(str(clip.truth["label"]))
        shares.append(len(present) / labels)
    return sum(shares) / len(shares)


def edit_table(measurements: Sequence[Measurement], titles: Mapping[str, str]) -> Table:
    """Return the table of edits: ours with interval beside the controls, the best in bold."""
    names = list(dict.fromkeys(name for item in measurements for name in item.controls))
    rows = [_edit_row(item, names, titles) for item in measurements]
    header = ("Task", "Metric", "Ours [95 % interval]", *(n.capitalize() for n in names), "n")
    note = "Distances from the exact answer, lower is better; the best of a row is bold."
    return Table("Edits, measured", header, rows, " ".join([note, *_left_out(measurements)]))


def heard_table(measurements: Sequence[Measurement], titles: Mapping[str, str]) -> Table:
    """Return the table of generation: what the classifier hears, beside chance and the bound."""
    rows: list[Sequence[Cell | str]] = [
        (
            _title(item.task, titles),
            _WORDS.get(item.ours.name, item.ours.name),
            Cell(_percent(item.ours), best=item.ours.value > (item.chance or 0.0)),
            "–" if item.chance is None else f"{item.chance:.0%}",
            *(f"{control.value:.0%}" for control in item.controls.values()),
            str(item.ours.n),
        )
        for item in measurements
    ]
    header = ("Task", "Metric", "Ours [95 % interval]", "Guessing", "Real renderings", "n")
    note = (
        "A small classifier, trained on real renderings, listens for the events in the prompt. "
        "What it hears in real renderings is about the most a model can reach; bold beats guessing."
    )
    return Table(
        "Prompts, heard by a classifier", header, rows, " ".join([note, *_left_out(measurements)])
    )


def _measure(
    task: str,
    clips: Sequence[Measured],
    build: Callable[[], Metric],
    controls: Mapping[str, Control],
) -> Measurement | None:
    """Return one metric over the clips that it and all controls can be taken of."""
    taken = {name: build() for name in ("", *controls)}  # the first, without a name, is ours
    kept = 0
    left_out: Counter[str] = Counter()
    for clip in clips:
        try:
            taken[""].update(clip)
            for name, control in controls.items():
                taken[name].update(control(clip))
            kept += 1
        except RequestError as refusal:
            left_out[str(refusal)] += 1
            for metric in taken.values():  # ours and the controls stay over the same clips
                del metric.values[kept:]
    if not kept:
        return None
    results = {name: metric.compute() for name, metric in taken.items()}
    return Measurement(task, results.pop(""), results, left_out=dict(left_out))


def _metric(catalog: Catalog, name: str) -> Callable[..., Metric]:
    factory: Callable[..., Metric] = catalog.metrics.load(name)
    return factory


def _edit_row(
    item: Measurement, names: Sequence[str], titles: Mapping[str, str]
) -> tuple[Cell | str, ...]:
    values = [item.ours.value, *(control.value for control in item.controls.values())]
    best = max(values) if item.ours.direction == "higher" else min(values)
    unit = "" if item.ours.unit == "1" else f", {item.ours.unit}"
    cells = [
        Cell(_number(control.value), best=control.value == best)
        if (control := item.controls.get(name))
        else "–"
        for name in names
    ]
    return (
        _title(item.task, titles),
        _WORDS.get(item.ours.name, item.ours.name) + unit,
        Cell(_with_interval(item.ours), best=item.ours.value == best),
        *cells,
        str(item.ours.n),
    )


def _left_out(measurements: Sequence[Measurement]) -> list[str]:
    counts = [
        f"{item.ours.name} of {item.task}: {sum(item.left_out.values())}"
        for item in measurements
        if item.left_out
    ]
    return [f"Clips that could not be measured: {', '.join(counts)}."] if counts else []


def _title(task: str, titles: Mapping[str, str]) -> str:
    return titles.get(task, task.replace("_", " "))


def _number(value: float) -> str:
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _with_interval(result: MetricResult) -> str:
    if result.interval is None:
        return _number(result.value)
    low, high = result.interval
    return f"{_number(result.value)} [{_number(low)}, {_number(high)}]"


def _percent(result: MetricResult) -> str:
    if result.interval is None:
        return f"{result.value:.0%}"
    low, high = result.interval
    return f"{result.value:.0%} [{100 * low:.0f}, {100 * high:.0f}]"
