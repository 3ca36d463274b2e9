"""Edits by their distance from the target, generation by what is heard, beside their controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...core.catalog import Catalog
from ...core.metric import Measured, Metric
from .comparison import Find, Measurement, compare
from .controls import Control, copy_of_input, real_rendering, silence

EDIT_METRICS = (
    "lsd",
    "lsd_inside",
    "lsd_outside",
    "log_mel_distance",
    "log_mel_distance_inside",
    "log_mel_distance_outside",
)
HEARD_METRICS = ("event_heard", "event_heard_top1")
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

            results.append(compare(task, items, build, by_row(controls, items)))
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
    results: list[Measurement | None] = []
    for task, items in clips.items():
        for name in metrics:

            def build(name: str = name) -> Metric:
                return _metric(catalog, name)(classifier=classifier)

            chance = chance_level(items, len(classifier.labels)) if items else None
            results.append(compare(task, items, build, by_row(controls, items), chance=chance))
    return [result for result in results if result is not None]


def chance_level(clips: Sequence[Measured], labels: int) -> float:
    """Return the expected score of a guess: the mean share of the labels that are in a scene."""
    shares = []
    for clip in clips:
        present = {str(event["label"]) for event in clip.truth.get("events") or ()}
        if clip.truth.get("label") is not None:
            present.add(str(clip.truth["label"]))
        shares.append(len(present) / labels)
    return sum(shares) / len(shares)


def by_row(controls: Mapping[str, Control], clips: Sequence[Measured]) -> dict[str, Find]:
    """Return each control as what it puts in the place of a row's clip."""

    def finder(control: Control) -> Find:
        return lambda number: control(clips[number])

    return {name: finder(control) for name, control in controls.items()}


def _metric(catalog: Catalog, name: str) -> Callable[..., Metric]:
    factory: Callable[..., Metric] = catalog.metrics.load(name)
    return factory
