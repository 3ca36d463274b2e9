"""Measurements as tables: ours with its interval, beside the controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.metric_result import MetricResult
from .comparison import Measurement
from .page.report import Cell, Table

WORDS = {
    "lsd": "log-spectral distance (LSD)",
    "lsd_inside": "LSD inside the edit",
    "lsd_outside": "LSD outside the edit",
    "log_mel_distance": "log-mel distance",
    "log_mel_distance_inside": "log-mel inside the edit",
    "log_mel_distance_outside": "log-mel outside the edit",
    "mel_cepstral_distortion": "mel-cepstral distortion, aligned",
    "si_sdr": "SI-SDR",
    "event_heard": "prompted events heard",
    "event_heard_top1": "first guess is right",
    "instrument_heard": "instrument heard",
    "mood_heard": "mood heard",
    "speaker_heard": "speaker heard",
    "word_heard": "word heard",
    "own_recording_nearer": "nearer to its own recording than to others",
    "own_voice_nearer": "nearer to its own voice than to others",
    "onset_error": "onset error",
    "reference_onset_error": "onset error, from the film's own sound",
    "beat_error": "beat error",
    "character_error_rate": "characters heard wrongly",
    "character_error_rate_inside": "characters heard wrongly inside the edit",
    "exact_match": "right answers",
}


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
            WORDS.get(item.ours.name, item.ours.name),
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
        WORDS.get(item.ours.name, item.ours.name) + unit,
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
