"""Questions about a melody: on which instrument, how fast, in which mode."""

from __future__ import annotations

import numpy as np

from ..config import SoundworldOptions
from ..instruments import INSTRUMENT_LABELS
from ..melody import SCALES, TEMPI, plan_melody, tempo_word
from ..plan import MelodyPlan, ScenePlan, pick
from .asking import Asked, Key, Question, among

INSTRUMENT = (
    "Which instrument plays?", "What instrument is this?", "Name the instrument.",
    "On what is this played?",
)  # fmt: skip
TEMPO = (
    "How fast is the music?", "What is the tempo?", "Is this slow, medium or fast?",
    "How fast is this played?",
)  # fmt: skip
MODE = (
    "Is the music in a major or a minor key?", "Major or minor?", "What is the mode?",
    "Which mode is this in?",
)  # fmt: skip


def instrument(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask which instrument plays."""
    scene, melody = _played(options, key)
    choices = among(melody.instrument, INSTRUMENT_LABELS, rng)
    return Asked(scene, Question("instrument", pick(INSTRUMENT, rng), melody.instrument, choices))


def tempo(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask how fast a melody is."""
    scene, melody = _played(options, key)
    answer = tempo_word(melody.bpm)
    return Asked(scene, Question("tempo", pick(TEMPO, rng), answer, tuple(TEMPI)))


def mode(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask whether a melody is in major or in minor."""
    scene, melody = _played(options, key)
    return Asked(scene, Question("mode", pick(MODE, rng), melody.mode, tuple(SCALES)))


def _played(options: SoundworldOptions, key: Key) -> tuple[ScenePlan, MelodyPlan]:
    scene = plan_melody(options, key)
    assert scene.melody is not None  # noqa: S101 - `plan_melody` makes no other plan
    return scene, scene.melody
