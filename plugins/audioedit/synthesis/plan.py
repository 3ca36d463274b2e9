"""The plan of a scene: every random choice as a number, drawn before anything sounds.

Source: paper section 3 (ranges of pitch, stretch, onset and SNR); Scaper's meaning of SNR.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from ....core.config import Config
from ..config import AudioEditConfig, SynthesisConfig, Task
from ..records import Split, Words
from ..seeds import stream
from ..stages.outcomes import Item
from ..words.conflicts import conflicts_with
from ..words.table import ClassWords
from .guard import ConflictGuard, Phrase, phrase_of

LOW_PASS_HZ = (4000.0, 16000.0)
PAN = 0.6
TRIES = 50
"""Draws of a background for given sounds, before a scene is given up."""


class PlannedEvent(Config):
    """A sound in a scene."""

    ingredient: str = Field(description="Id of the recording.")
    sha256: str = Field(description="Of its blob.")
    start: int = Field(ge=0, description="First sample of the recording that is used.")
    frames: int = Field(gt=0, description="Samples that are used, before it is stretched.")
    pitch_semitones: float = Field(description="Shift.")
    stretch: float = Field(gt=0, description="Factor of its length.")
    length: int = Field(gt=0, description="Samples in the scene.")
    onset: int = Field(ge=0, description="First sample in the scene.")
    snr_db: float = Field(description="Its loudness over the background's, in LU.")
    pan: float = Field(default=0.0, ge=-1, le=1, description="−1 is left.")


class ScenePlan(Config):
    """A scene, as numbers: equal plans give equal samples."""

    scene: int = Field(ge=0, description="Number of the scene.")
    draw: int = Field(ge=0, description="How often it was drawn anew before.")
    split: Split = Field(description="Of all its recordings.")
    tasks: tuple[Task, ...] = Field(description="Edits to make of it.")
    background: str = Field(description="Id of the recording.")
    background_sha256: str = Field(description="Of its blob.")
    background_start: int = Field(ge=0, description="First sample that is used.")
    low_pass_hz: float | None = Field(default=None, description="Of the whole scene.")
    events: tuple[PlannedEvent, ...] = Field(min_length=1, description="In order of onset.")
    edited: int = Field(ge=0, description="Number of the event that the edit is about.")

    @property
    def event(self) -> PlannedEvent:
        """Return the event that the edit is about."""
        return self.events[self.edited]


class Planner:
    """Draws scenes from the ingredients; scene i of draw d is a function of these alone."""

    def __init__(
        self,
        config: AudioEditConfig,
        ingredients: Sequence[Item],
        guard: ConflictGuard | None = None,
    ) -> None:
        """Sort the ingredients by split and class.

        Args:
            config: ranges and shares.
            ingredients: all that the stage ``ingredients`` kept.
            guard: passes over backgrounds that sound like a sound of the scene; those that it did
                not measure are not used. Left out: words alone tell.
        """
        assert config.synthesis is not None  # noqa: S101 - the branch exists
        self.config = config
        self.synthesis: SynthesisConfig = config.synthesis
        self.conflicts_met = 0
        """Backgrounds that the last draw passed over, for their words name one of its sounds."""
        self.guard = guard
        self.conflicts_heard = 0
        """The same, for they sound like one, and their words do not say so."""
        self.by_id = {item.id: item.data for item in ingredients}
        self.events: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        self.backgrounds: dict[str, list[str]] = defaultdict(list)
        for item in sorted(ingredients, key=lambda item: item.id):
            split = item.data["split"]
            if item.data["role"] == "event":
                self.events[split][item.data["label"]].append(item.id)
            elif guard is None or guard.hears(item.id):
                self.backgrounds[split].append(item.id)

    def splits(self) -> list[str]:
        """Return the splits for which there are both sounds and backgrounds."""
        return [split for split in ("train", "validation") if self.events[split]
                and self.backgrounds[split]]  # fmt: skip

    def split_of(self, scene: int) -> Split:
        """Return the split of a scene: as large a share for validation as of the groups."""
        usable = self.splits()
        share = self.config.split.validation_fraction
        drawn = self._rng(scene, 0, "split").uniform()
        if "validation" in usable and (drawn < share or "train" not in usable):
            return "validation"
        return "train"

    def draw(self, scene: int, draw: int = 0) -> ScenePlan | None:
        """Return the plan of a scene; `None` if no background fits its sounds.

        Args:
            scene: its number.
            draw: 0, or how often earlier draws were of no use.
        """
        split = self.split_of(scene)
        rng = self._rng(scene, draw, "scene")
        labels = self._labels(split, rng)
        chosen = [self._pick(self.events[split][label], rng) for label in labels]
        background = self._background(split, chosen, rng)
        if background is None:
            return None
        facts = self.by_id[background]
        room = max(0, facts["frames"] - self.config.samples)
        start = int(rng.integers(room + 1))
        low_pass = float(rng.uniform(*LOW_PASS_HZ))
        dulled = rng.uniform() < self.synthesis.bandwidth_jitter
        sounding = min(facts["frames"], self.config.samples)  # what is padded has no event
        planned = [self._place(name, rng, sounding) for name in chosen]
        edited = int(rng.integers(len(planned)))
        order = sorted(range(len(planned)), key=lambda k: (planned[k].onset, k))
        return ScenePlan(
            scene=scene,
            draw=draw,
            split=split,
            tasks=self._tasks(scene),
            background=background,
            background_sha256=facts["sha256"],
            background_start=start,
            low_pass_hz=low_pass if dulled else None,
            events=tuple(planned[k] for k in order),
            edited=order.index(edited),
        )

    def _rng(self, scene: int, draw: int, purpose: str) -> np.random.Generator:
        return stream(self.config.key, "synth", f"{scene}.{draw}", purpose)

    def _tasks(self, scene: int) -> tuple[Task, ...]:
        tasks = self.synthesis.tasks
        return tasks if self.synthesis.share_scenes else (tasks[scene % len(tasks)],)

    def _labels(self, split: str, rng: np.random.Generator) -> list[str]:
        counts = sorted(self.synthesis.events)
        shares = np.array([self.synthesis.events[count] for count in counts])
        wanted = counts[int(rng.choice(len(counts), p=shares / shares.sum()))]
        labels = sorted(self.events[split])
        picked = rng.choice(len(labels), size=min(wanted, len(labels)), replace=False)
        return [labels[int(k)] for k in picked]

    def _background(
        self, split: str, chosen: Sequence[str], rng: np.random.Generator
    ) -> str | None:
        sounds = [self._words(name) for name in chosen]
        groups = {self.by_id[name]["group"] for name in chosen}
        phrases = [phrase_of(self.by_id[name]) for name in chosen]
        self.conflicts_met = self.conflicts_heard = 0
        for _ in range(TRIES):
            name = self._pick(self.backgrounds[split], rng)
            facts = self.by_id[name]
            said = f"{facts['caption']} {facts['label']}"
            has_one = any(conflicts_with(w.conflicts, said) for w in sounds)
            is_heard = not has_one and self._sounds_like(name, phrases)
            if facts["group"] not in groups and not has_one and not is_heard:
                return name
            self.conflicts_met += has_one
            self.conflicts_heard += is_heard
        return None

    def _sounds_like(self, background: str, phrases: Sequence[Phrase]) -> bool:
        return self.guard is not None and self.guard.conflicts(background, phrases)

    def _place(self, name: str, rng: np.random.Generator, total: int) -> PlannedEvent:
        facts = self.by_id[name]
        pitch = float(rng.uniform(*self.synthesis.pitch_semitones))
        stretch = float(rng.uniform(*self.synthesis.stretch))
        frames = min(facts["frames"], int(total / stretch))
        start = int(rng.integers(facts["frames"] - frames + 1))
        fills = frames < facts["frames"]  # a part of a longer recording fills the clip
        length = total if fills else min(max(1, round(frames * stretch)), total)
        return PlannedEvent(
            ingredient=name,
            sha256=facts["sha256"],
            start=start,
            frames=frames,
            pitch_semitones=pitch,
            stretch=stretch,
            length=length,
            onset=int(rng.integers(total - length + 1)),
            snr_db=float(rng.uniform(*self.synthesis.snr_db)),
            pan=float(rng.uniform(-PAN, PAN)) if self.synthesis.stereo else 0.0,
        )

    def _words(self, name: str) -> ClassWords:
        return class_words(self.by_id[name])

    @staticmethod
    def _pick(names: Sequence[str], rng: np.random.Generator) -> str:
        return names[int(rng.integers(len(names)))]


def class_words(facts: Mapping[str, Any]) -> ClassWords:
    """Return the words of an ingredient."""
    words = Words.model_validate(facts["words"])
    return ClassWords(words, tuple(facts["conflicts"]), facts["family"])
