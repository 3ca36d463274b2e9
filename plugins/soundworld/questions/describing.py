"""A scene or a melody to hear, and all of it told in plain English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..config import SoundworldOptions
from ..languages.telling import Told, in_order
from ..languages.translation import plain_english
from ..melody import plan_melody
from ..plan import EventPlan, ScenePlan, generator, pick, plan_scene
from ..vocabulary import KIND_OF

PLANNERS: tuple[Callable[[SoundworldOptions, tuple[int, ...]], ScenePlan], ...] = (
    plan_scene,
    plan_melody,
)
DESCRIBE = ("What do you hear?", "Describe what you hear.", "What is heard here?")


@dataclass(frozen=True)
class Description:
    """What is heard, as an answer.

    Attributes:
        scene: what is heard.
        question: words that ask for a description.
        answer: events in their order with how often they hit, or instrument, tempo and mode of
            a melody; and the background.
    """

    scene: ScenePlan
    question: str
    answer: str


def plan_description(options: SoundworldOptions, key: tuple[int, ...]) -> Description:
    """Return a scene or a melody, each as likely, with its description."""
    rng = generator((*key, 200))
    plan = pick(PLANNERS, rng)
    scene = plan(options, key)
    return Description(scene, pick(DESCRIBE, rng), plain_english(scene, _in_full(scene)))


def _in_full(scene: ScenePlan) -> Told:
    """Return that everything is told of a scene that a listener can tell."""
    if scene.melody is not None:
        return Told(text="", template="{tempo} {mode}")
    template = "{clauses_then}" if in_order(scene) else "{clauses_and}"
    return Told(text="", template=template, counts=tuple(map(_count, scene.events)))


def _count(event: EventPlan) -> int | None:
    """Return how many hits are told: several of what is countable."""
    several = KIND_OF[event.label].countable and len(event.hits) > 1
    return len(event.hits) if several else None
