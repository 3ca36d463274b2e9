"""Read written recipes as plans of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.data.jsonl import read_jsonl
from ...core.errors import ConfigError, DataError
from .config import MixedOptions
from .spec import PairSpec, PlacedEvent

TASKS = ("add", "remove", "extract", "replace")


def read_recipes(options: MixedOptions) -> list[PairSpec]:
    """Return the recipes of the wanted task, each cut to ``clip_seconds`` around its event.

    Raises:
        ConfigError: if the options name no file.
        DataError: if the file or a recipe is broken; names file and line.
    """
    if options.recipes is None:
        raise ConfigError("Source 'mixed:recipes' needs the option 'recipes': a JSON-lines file.")
    path = Path(options.recipes)
    root = Path(options.data_root) if options.data_root else path.parent.parent
    specs = []
    for line, raw in read_jsonl(path):
        try:
            spec = _spec(raw, root)
        except (KeyError, IndexError, TypeError, ValueError) as failure:
            raise DataError(
                f"{path}, line {line}: not a recipe ({type(failure).__name__}: {failure})."
            ) from None
        if options.task in {None, spec.task}:
            specs.append(window(spec, options.clip_seconds))
    return specs


def window(spec: PairSpec, seconds: float | None) -> PairSpec:
    """Return the plan with a window of so many seconds, the event in its middle."""
    if seconds is None or seconds >= spec.seconds:
        return spec
    event = spec.event
    middle = event.onset_s + event.length_s / 2
    start = event.onset_s if event.length_s >= seconds else middle - seconds / 2
    start = min(max(start, 0.0), spec.seconds - seconds)
    return replace(spec, window_s=(start, seconds))


def _spec(raw: Mapping[str, Any], root: Path) -> PairSpec:
    events = tuple(_event(event, root) for event in raw["events"])
    new = raw.get("new_event")
    if raw["task"] not in TASKS or (raw["task"] == "replace") != (new is not None):
        raise ValueError(f"task {raw['task']!r}; expected one of {TASKS}, 'replace' with new_event")
    events[raw["target_event"]]  # raises IndexError here, where the line is known
    return PairSpec(
        id=str(raw["id"]),
        task=str(raw["task"]),
        seconds=float(raw["duration_s"]),
        sample_rate_hz=int(raw["sample_rate"]),
        background=str(root / raw["background"]["file"]),
        background_start_s=float(raw["background"]["start_s"]),
        background_caption=str(raw["background"]["caption"]),
        events=events,
        target=int(raw["target_event"]),
        replacement=None if new is None else _event(new, root),
        instruction=str(raw["instruction"]),
        licence=raw.get("licence"),
        attribution=raw.get("attribution"),
    )


def _event(raw: Mapping[str, Any], root: Path) -> PlacedEvent:
    return PlacedEvent(
        file=str(root / raw["file"]),
        label=str(raw["label"]),
        caption=str(raw["caption"]),
        start_s=float(raw["start_s"]),
        length_s=float(raw["length_s"]),
        onset_s=float(raw["onset_s"]),
        snr_db=float(raw["snr_db"]),
    )
