"""The plan of one pair: all that decides its samples, before any file is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PlacedEvent:
    """A sound, cut out of its file and placed in the clip.

    Attributes:
        file: path of the recording.
        label: short category.
        caption: a few words.
        start_s: where to cut in the file.
        length_s: how much to cut.
        onset_s: where it begins in the clip.
        snr_db: its power over its own length, over the background's.
    """

    file: str
    label: str
    caption: str
    start_s: float
    length_s: float
    onset_s: float
    snr_db: float

    def truth(self) -> dict[str, Any]:
        """Return what measures may know."""
        return {"label": self.label, "onset_s": self.onset_s, "length_s": self.length_s}


@dataclass(frozen=True)
class PairSpec:
    """A pair for one edit.

    Attributes:
        id: stable within the source.
        task: ``add``, ``remove``, ``extract`` or ``replace``.
        seconds: length of the mix.
        sample_rate_hz: rate of the mix.
        background: path of the recording.
        background_start_s: where to cut it.
        background_caption: a few words.
        events: all sounds of the scene.
        target: number of the event that the edit is about.
        replacement: what takes its place, for ``replace``.
        instruction: the edit in words.
        repeats_background: whether a background that is too short is repeated, or an error.
        least_power: floor of the background's power when levels are set.
        window_s: part (start, length) of the mix to keep; `None` keeps all.
        licence: of all recordings together.
        attribution: of all recordings together.
    """

    id: str
    task: str
    seconds: float
    sample_rate_hz: int
    background: str
    background_start_s: float
    background_caption: str
    events: tuple[PlacedEvent, ...]
    target: int
    instruction: str
    replacement: PlacedEvent | None = None
    repeats_background: bool = False
    least_power: float = 0.0
    window_s: tuple[float, float] | None = None
    licence: str | None = None
    attribution: str | None = None

    @property
    def event(self) -> PlacedEvent:
        """Return the event that the edit is about."""
        return self.events[self.target]

    @property
    def edited(self) -> tuple[PlacedEvent, ...]:
        """Return the events that source and target differ in: one, or two where one is replaced."""
        return (self.event,) if self.replacement is None else (self.event, self.replacement)

    @property
    def kept_seconds(self) -> float:
        """Return the length of the pair after cutting."""
        return self.seconds if self.window_s is None else self.window_s[1]


def scene_caption(spec: PairSpec, events: Sequence[PlacedEvent]) -> str:
    """Return what is heard of a scene with these events; without any, its background."""
    heard = " and ".join(event.caption for event in events)
    return f"{spec.background_caption} with {heard}" if heard else spec.background_caption


def captions_of(spec: PairSpec) -> tuple[str, str]:
    """Return what is heard in the source of a pair, and in its target."""
    whole = scene_caption(spec, spec.events)
    others = scene_caption(spec, [event for event in spec.events if event is not spec.event])
    if spec.replacement is not None:
        new = spec.replacement
        replaced = [new if event is spec.event else event for event in spec.events]
        return whole, scene_caption(spec, replaced)
    if spec.task == "extract":
        return whole, spec.event.caption
    return (others, whole) if spec.task == "add" else (whole, others)
