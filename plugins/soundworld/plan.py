"""A plan: everything that is random about a scene, drawn before a sample is rendered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from .config import SoundworldOptions
from .vocabulary import BACKGROUND_LABELS, EVENT_LABELS, KIND_OF

T = TypeVar("T")
STREAMS = {
    "sounds": 0, "music": 1, "add": 2, "remove": 3, "extract": 4, "style_transfer": 5,
    "labelled": 6, "speech": 7, "voice_prompt": 8, "voice_conversion": 9, "speech_editing": 10,
    "impacts": 11, "scenes": 12, "in_context": 13, "questions": 14, "video_questions": 15,
    "translations": 16, "spoken": 17, "descriptions": 18, "requests": 19,
    "events": 20, "backgrounds": 21,
}  # fmt: skip
"""Numbers of the random streams; never change one, only add."""
SPLIT_IDS = {"train": 0, "test": 1}
EVENTLESS = 102
"""Ends the key of what is drawn before a scene; its parts end in lower numbers."""
FILL = 0.9
"""Share of a clip that one event may take."""


@dataclass(frozen=True)
class EventPlan:
    """One event: where it is, and the parameters of its sound; times in samples."""

    label: str
    onset: int
    hit_length: int
    hits: tuple[int, ...]
    pitch_hz: float
    colour: float
    snr_db: float
    key: tuple[int, ...]

    @property
    def length(self) -> int:
        """Return the length in samples, from the onset to the end of the last hit."""
        return self.hits[-1] + self.hit_length


@dataclass(frozen=True)
class NotePlan:
    """One note of a melody: MIDI number, start and length in samples."""

    midi: int
    onset: int
    length: int


@dataclass(frozen=True)
class MelodyPlan:
    """A melody: its notes and how it is described."""

    instrument: str
    bpm: int
    mode: str
    tonic: int
    notes: tuple[NotePlan, ...]
    snr_db: float
    other_instrument: str | None = None


@dataclass(frozen=True)
class ScenePlan:
    """A scene: a background, events in order of onset (or a melody), and the edited event."""

    samples: int
    rate: int
    background: str
    background_db: float
    background_colour: float
    background_key: tuple[int, ...]
    events: tuple[EventPlan, ...]
    melody: MelodyPlan | None = None
    edited: int | None = None
    wording_key: tuple[int, ...] = ()
    language: str = "en"


def generator(key: tuple[int, ...]) -> np.random.Generator:
    """Return the random stream of a key of non-negative integers."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(list(key))))


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """Return one of several things, each as likely."""
    return options[int(rng.integers(len(options)))]


def plan_key(options: SoundworldOptions, stream: str, index: int) -> tuple[int, ...]:
    """Return the key of a row: no two rows, splits or streams share one."""
    return (options.seed, SPLIT_IDS[options.split], STREAMS[stream], index)


def draw_event(
    label: str, options: SoundworldOptions, rng: np.random.Generator, key: tuple[int, ...]
) -> EventPlan:
    """Return an event of a kind, placed so that it ends within the clip."""
    kind, rate, room = KIND_OF[label], options.sample_rate_hz, int(FILL * options.samples)
    hit_length = min(int(rng.uniform(*kind.hit_s) * rate), room)
    gap = max(int(rng.uniform(*kind.gap_s) * rate), 1)
    wanted = int(rng.integers(kind.hits[0], kind.hits[1] + 1))
    count = min(wanted, 1 + (room - hit_length) // gap)
    hits = tuple(gap * i for i in range(count))
    low, high = np.log(kind.pitch_hz)
    return EventPlan(
        label=label,
        onset=int(rng.integers(0, options.samples - hits[-1] - hit_length)),
        hit_length=hit_length,
        hits=hits,
        pitch_hz=float(np.exp(rng.uniform(low, high))),
        colour=float(rng.uniform()),
        snr_db=float(rng.uniform(*options.snr_db)),
        key=key,
    )


def plan_scene(
    options: SoundworldOptions,
    key: tuple[int, ...],
    *,
    labels: tuple[str, ...] | None = None,
    edited: bool = False,
) -> ScenePlan:
    """Return the plan of a scene over a background.

    Args:
        options: rate, length and levels.
        key: of the random stream, see `plan_key`.
        labels: the events; left out, one to three different ones are drawn.
        edited: whether one of the events is to be edited.
    """
    rng = generator(key)
    if labels is None:
        count = int(rng.integers(1, 4))
        picked = rng.choice(len(EVENT_LABELS), size=count, replace=False)
        labels = tuple(EVENT_LABELS[i] for i in picked)
    drawn = [draw_event(name, options, rng, (*key, 1 + i)) for i, name in enumerate(labels)]
    return ScenePlan(
        **plan_background(options, rng, key),
        events=tuple(sorted(drawn, key=lambda event: event.onset)),
        edited=int(rng.integers(len(drawn))) if edited else None,
    )


def plan_background(
    options: SoundworldOptions, rng: np.random.Generator, key: tuple[int, ...]
) -> dict[str, Any]:
    """Return the fields of a `ScenePlan` that do not depend on what happens in it."""
    return {
        "samples": options.samples,
        "rate": options.sample_rate_hz,
        "background": BACKGROUND_LABELS[int(rng.integers(len(BACKGROUND_LABELS)))],
        "background_db": float(rng.uniform(-34, -28)),
        "background_colour": float(rng.uniform()),
        "background_key": (*key, 100),
        "wording_key": (*key, 101),
        "language": options.language,
    }
