"""Questions about what is seen in a clip of impacts: what moves, how many times, since when."""

from __future__ import annotations

from functools import partial

import numpy as np

from ..config import SoundworldOptions
from ..pictures.kinds import SIGHT_OF, SIGHTS
from ..pictures.plan import plan_impacts
from ..plan import ScenePlan, pick
from .asking import COUNTS, Asked, Key, Question, among, search

HALVES = ("first half", "second half")
ACTOR = (
    "What moves in this video?", "What do you see move?", "What makes the sound in this video?",
    "Name what moves.",
)  # fmt: skip
HOW_OFTEN = (
    "How many times does it happen?", "How many sounds would you hear?",
    "How often does it make a sound?", "How many times would you hear the {actor}?",
)  # fmt: skip
HALF = (
    "In which half of the video is the first sound?", "In which half does it begin?",
    "When does it start: in the first or in the second half?", "Which half has the first sound?",
)  # fmt: skip


def actor(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask what kind of thing hits, opens or sweeps."""
    wanted = pick(SIGHTS, rng).actor
    scene = search(partial(plan_impacts, options), lambda plan: _actor(plan) == wanted, key)
    choices = among(wanted, [sight.actor for sight in SIGHTS], rng)
    return Asked(scene, Question("object", pick(ACTOR, rng), wanted, choices))


def how_often(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask how many times it does so, from once to four times."""
    count = pick(tuple(COUNTS), rng)
    scene = search(partial(plan_impacts, options), lambda plan: len(plan.events) == count, key)
    text = pick(HOW_OFTEN, rng).format(actor=_actor(scene))
    return Asked(scene, Question("count", text, COUNTS[count], tuple(COUNTS.values())))


def half(options: SoundworldOptions, key: Key, rng: np.random.Generator) -> Asked:
    """Ask in which half of the clip the first of them is."""
    wanted = pick(HALVES, rng)
    scene = search(partial(plan_impacts, options), lambda plan: half_of(plan) == wanted, key)
    return Asked(scene, Question("half", pick(HALF, rng), wanted, HALVES))


def half_of(plan: ScenePlan) -> str:
    """Return in which half of a clip its first impact is."""
    return HALVES[2 * plan.events[0].onset >= plan.samples]


def _actor(plan: ScenePlan) -> str:
    return SIGHT_OF[plan.events[0].label].actor
