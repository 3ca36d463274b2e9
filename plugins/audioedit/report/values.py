"""Numbers of pairs, by name: what the report draws and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..records import EditRecord
from ..repeats import kind_of, label_of

MOST_LABELS = 100
LEAST_PLACES = 1000
"""Samples at which a sound could begin, from which its onset says something."""


@dataclass(frozen=True)
class Quantity:
    """One number of every pair that has it.

    Attributes:
        title: what it is.
        unit: of it; empty for a plain number.
        values: in the order of the pairs.
    """

    title: str
    unit: str
    values: tuple[float, ...]


KNOWN: Mapping[str, tuple[str, str]] = {
    "span_s": ("Length of the edit", "s"),
    "onset_s": ("Onset", "s"),
    "snr_db": ("SNR as planned", "LU"),
    "snr_realised_db": ("SNR as it came out", "LU"),
    "bandwidth_hz": ("Bandwidth of recordings", "Hz"),
    "pitch_semitones": ("Pitch shift", "semitones"),
    "stretch": ("Stretch", ""),
    "background_lufs": ("Level of the background", "LUFS"),
    "gain_db": ("Common gain", "dB"),
    "source_lufs": ("Level of sources", "LUFS"),
    "target_lufs": ("Level of targets", "LUFS"),
    "target_peak_dbtp": ("True peak of targets", "dBTP"),
    "duration_s": ("Length of pairs", "s"),
    "low_pass_hz": ("Common low-pass", "Hz"),
    "consistency_sisdr_db": ("Consistency of the split", "dB"),
    "conflict_cosine": ("Cosine of background and sounds", ""),
    "conflict_threshold": ("From where that is a conflict", ""),
}
"""Names → titles and units; other numbers of scenes and scores go by their own names."""


def quantities(records: Sequence[EditRecord]) -> dict[str, Quantity]:
    """Return every number that pairs have, by name, the known ones first."""
    found: dict[str, list[float]] = {name: [] for name in KNOWN}
    for record in records:
        for name, value in _numbers(record).items():
            found.setdefault(name, []).append(value)
    return {
        name: Quantity(*KNOWN.get(name, (name, "")), tuple(values))
        for name, values in found.items()
        if values
    }


def edited_event(record: EditRecord) -> Mapping[str, Any]:
    """Return the plan of the sound that the edit is about; empty for a real pair."""
    events: Sequence[Mapping[str, Any]] = record.scene.get("events") or ({},)
    return events[record.scene.get("edited", 0)]


def onsets(records: Sequence[EditRecord]) -> list[float]:
    """Return where each edited sound begins, as a share of all places where it could: 0 … 1.

    Pairs of one scene share an onset, which counts once. A sound that fills its clip has no choice,
    and is left out.
    """
    shares: dict[tuple[Any, ...], float] = {}
    for record in records:
        event = edited_event(record)
        if "onset" in event and "length" in event:
            places = record.target.frames - record.pad_samples - event["length"] + 1
            scene = tuple(record.scene.get(name) for name in ("scene", "draw", "edited"))
            key = (record.groups, *scene, event["onset"], event["length"])
            if places >= LEAST_PLACES:
                shares[key] = (event["onset"] + 0.5) / places
    return list(shares.values())


def counts(records: Sequence[EditRecord]) -> dict[str, dict[str, int]]:
    """Return how many pairs there are by task, branch, split, family, label and wording."""
    keys = {
        "task": lambda r: r.task,
        "branch": lambda r: r.branch,
        "split": lambda r: r.split,
        "family": lambda r: str(r.scene.get("family") or "other"),
        "mode": lambda r: str(r.scene.get("mixture_mode") or "mixed"),
        "events": lambda r: str(len(r.scene.get("events") or ())),
        "label": label_of,
        "template": lambda r: f"{r.instruction.lang} {r.instruction.template}",
    }
    found = {name: Counter(map(key, records)) for name, key in keys.items()}
    return {
        name: dict(sorted(counter.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_LABELS])
        for name, counter in found.items()
    }


def bandwidths(records: Sequence[EditRecord]) -> dict[str, tuple[int, float]]:
    """Return sound → its pairs, and the median bandwidth of its recordings in Hz, the dull first.

    Parts of some sets are dull by class: a model would learn that dull is edited.
    """
    found: dict[str, list[float]] = {}
    for record in records:
        width = record.scene.get("bandwidth_hz")
        if width is not None:
            found.setdefault(label_of(record), []).append(float(width))
    medians = {label: (len(widths), median(widths)) for label, widths in found.items()}
    return dict(sorted(medians.items(), key=lambda entry: (entry[1][1], entry[0]))[:MOST_LABELS])


def duplicates(records: Sequence[EditRecord]) -> int:
    """Return how many pairs repeat the recordings, the label and the task of another."""
    kinds = Counter(map(kind_of, records))
    return sum(number - 1 for number in kinds.values())


def _numbers(record: EditRecord) -> dict[str, float]:
    event = edited_event(record)
    rate = record.target.sample_rate
    values: dict[str, Any] = {
        **dict(_flat(record.scene)),
        **{name: event.get(name) for name in ("snr_db", "pitch_semitones", "stretch")},
        **dict(_flat(record.scores)),
        "duration_s": record.duration_s,
        "source_lufs": record.source.lufs,
        "target_lufs": record.target.lufs,
        "target_peak_dbtp": record.target.true_peak_dbtp,
    }
    if "onset" in event:
        values["onset_s"] = event["onset"] / rate
        values["span_s"] = event["length"] / rate
    elif record.spans:
        values["onset_s"] = record.spans[0].start_s
        values["span_s"] = sum(span.end_s - span.start_s for span in record.spans)
    return {name: float(value) for name, value in values.items() if value is not None}


PLACES = frozenset({"scene", "draw", "edited", "background_start"})
"""Numbers of a plan that count or point, and are no quantities."""


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """Yield numbers of nested mappings as ``clap.s1``."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        elif _is_quantity(name, value):
            yield f"{before}{name}", float(value)


def _is_quantity(name: str, value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and name not in PLACES
