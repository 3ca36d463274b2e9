"""Moving scenes with a mood and a tempo: everything dances on the beats of a melody.

Major is warm and bright, minor cold and dark; fast is many small dancers, slow a few large ones.
On each beat a dancer touches the ground and leaps as high as its note; the disc in the sky is
largest. So the melody's rhythm and contour can be seen; which instrument plays cannot.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import SoundworldOptions
from ..melody import plan_melody
from ..moods import mood_of
from ..plan import MelodyPlan, ScenePlan, generator
from .canvas import SIZE, Canvas, Colour, Numbers
from .look import FLOOR
from .motion import Motion, motion

SUN_RADIUS, PULSE, PULSE_S = 6.0, 5.0, 0.12
TURN = np.float32(2 * np.pi)


@dataclass(frozen=True)
class Stage:
    """How a mood looks: colours, how many dancers of which radius, and how far they sway."""

    sky: Colour
    ground: Colour
    sun: Colour
    dancers: tuple[Colour, ...]
    radius: float
    sway: float


STAGES: dict[str, Stage] = {
    "happy": Stage((255, 225, 130), (250, 150, 70), (255, 90, 70),
                   ((230, 60, 60), (255, 255, 255), (240, 90, 160), (250, 120, 30)), 4.0, 5.0),
    "calm": Stage((255, 235, 205), (225, 190, 140), (255, 170, 110),
                  ((235, 150, 120), (210, 170, 90)), 7.0, 2.0),
    "sad": Stage((30, 38, 78), (18, 22, 48), (110, 130, 190),
                 ((70, 95, 160), (90, 80, 150)), 7.0, 2.0),
    "tense": Stage((22, 14, 34), (10, 6, 16), (150, 60, 210),
                   ((90, 200, 220), (120, 90, 220), (60, 120, 160), (170, 170, 190)), 4.0, 5.0),
}  # fmt: skip


def plan_moody_melody(options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
    """Return the plan of a melody that has a mood, so is slow or fast."""
    attempt = 200
    while not _moody(plan := plan_melody(options, (*key, attempt))):
        attempt += 1
    return plan


def film_melody(plan: ScenePlan) -> NDArray[np.uint8]:
    """Return the frames (F, 64, 64, 3) of a scene that moves with a melody, 25 a second.

    Args:
        plan: one of `plan_moody_melody`.
    """
    melody, rng = plan.melody, generator((*plan.wording_key, 3))
    assert melody is not None  # noqa: S101 - as the argument says
    stage = STAGES[mood_of(melody) or ""]
    moves = motion([n.onset / plan.rate for n in melody.notes], plan.samples / plan.rate)
    canvas = Canvas(len(moves.seconds), stage.sky)
    canvas.box(0, FLOOR, SIZE, SIZE, stage.ground)
    pulse = PULSE * np.exp(-moves.since / np.float32(PULSE_S))
    canvas.disc(float(rng.uniform(12, 52)), 14, SUN_RADIUS + pulse, stage.sun)
    _dance(canvas, moves, melody, stage, float(rng.uniform()))
    return canvas.pixels


def _dance(canvas: Canvas, moves: Motion, melody: MelodyPlan, stage: Stage, phase: float) -> None:
    leap, beat = _leap(moves, melody), 60 / melody.bpm
    count = len(stage.dancers)
    for i, colour in enumerate(stage.dancers):
        turns = moves.seconds / np.float32(4 * beat) + phase + i / count
        x = SIZE * (i + 0.5) / count + stage.sway * np.sin(TURN * turns)
        canvas.disc(x, FLOOR - stage.radius - leap, stage.radius, colour)


def _leap(moves: Motion, melody: MelodyPlan) -> Numbers:
    """Return the height (F,) of a leap that begins on each beat and ends on the next."""
    heights = [8 + 1.2 * (note.midi - melody.tonic) for note in melody.notes]
    height = np.array([0, *heights], np.float32)[moves.done]
    along = np.where(moves.done > 0, np.minimum(moves.since * melody.bpm / 60, 1), 0)
    return (4 * height * along * (1 - along)).astype(np.float32)


def _moody(plan: ScenePlan) -> bool:
    return plan.melody is not None and mood_of(plan.melody) is not None
