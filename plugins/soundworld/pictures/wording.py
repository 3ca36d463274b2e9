"""Words for rendered clips: what kind of thing happens in them, never when."""

from __future__ import annotations

from ..languages.english import ENGLISH
from ..languages.telling import sentence
from ..plan import ScenePlan, generator, pick
from .kinds import SIGHT_OF

IMPACTS = (
    "{clause}, over {bed}.",
    "{clause} while {ground}.",
    "While {ground}, {clause}.",
    "Over {bed}, {clause}.",
    "The sound of this: {clause}, over {bed}.",
    "{clause}, and {ground}.",
)
SCENES = (
    "Music for this scene, {on_name} over {bed}.",
    "A tune for this dance, {on_name} with {bed} behind.",
    "{a_name} plays along with the dance while {ground}.",
    "Over {bed}, {a_name} plays in time with the scene.",
    "While {ground}, {a_name} plays what is seen.",
    "{name} music in time with the dance, over {bed}.",
    "A {mood} tune for this scene, {on_name} over {bed}.",
    "{mood} music for this dance, {on_name} while {ground}.",
)
"""Most leave the mood to the picture."""


def impacts_caption(plan: ScenePlan) -> str:
    """Return what kind of scene a clip of impacts shows."""
    rng = generator(plan.wording_key)
    bed, ground = pick(ENGLISH.backgrounds[plan.background], rng)
    clause = pick(SIGHT_OF[plan.events[0].label].clauses, rng)
    return sentence(pick(IMPACTS, rng).format(clause=clause, bed=bed, ground=ground))


def scene_caption(plan: ScenePlan, instrument: str, mood: str) -> str:
    """Return which music a moving scene asks for."""
    rng = generator(plan.wording_key)
    bed, ground = pick(ENGLISH.backgrounds[plan.background], rng)
    words = vars(ENGLISH.instruments[instrument])
    return sentence(pick(SCENES, rng).format(bed=bed, ground=ground, mood=mood, **words))
