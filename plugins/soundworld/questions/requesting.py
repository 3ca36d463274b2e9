"""Requests for sound as they reach a model that makes it, and what they ask for in plain English.

Who learns to say it has learnt to read: its states tell such requests apart by what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..config import RequestKind, SoundworldOptions
from ..in_context import order, plan_in_context
from ..languages.english import ENGLISH
from ..languages.table import BOOKS
from ..languages.telling import Told, tell
from ..languages.translation import plain_english
from ..melody import melody_of, plan_melody
from ..plan import ScenePlan, generator, pick, plan_scene
from ..vocabulary import KIND_OF
from ..wording import EDITS, instruction

MEANT = {"add": "Add {a}.", "remove": "Remove {a}.", "extract": "Keep only {a}."}
NEW_TIMBRE = "Turn the {old} into the {new}."


@dataclass(frozen=True)
class Request:
    """A request for sound.

    Attributes:
        kind: what it is a request for.
        scene: what it speaks of.
        text: the request.
        meaning: what it asks for, always in the same words.
        heard: a melody to listen to, if the request speaks of one.
        system: what the model is told before it.
    """

    kind: RequestKind
    scene: ScenePlan
    text: str
    meaning: str
    heard: ScenePlan | None = None
    system: str | None = None


def plan_request(options: SoundworldOptions, key: tuple[int, ...]) -> Request:
    """Return a request; each kind is as likely, and each language of a caption."""
    kind = pick(tuple(PLANNERS), generator((*key, 200)))
    return replace(PLANNERS[kind](options, key), system=options.systems.get(kind))


def _scene(options: SoundworldOptions, key: tuple[int, ...]) -> Request:
    return _caption("scene", plan_scene(options, key))


def _melody(options: SoundworldOptions, key: tuple[int, ...]) -> Request:
    return _caption("melody", plan_melody(options, key))


def _caption(kind: RequestKind, scene: ScenePlan) -> Request:
    language = pick(tuple(BOOKS), generator((*scene.wording_key, 3)))
    scene = replace(scene, language=language)
    told = tell(scene, BOOKS[language])
    return Request(kind, scene, told.text, plain_english(scene, told))


def _edit(options: SoundworldOptions, key: tuple[int, ...]) -> Request:
    edit = pick(tuple(EDITS), generator((*key, 201)))
    if edit == "style_transfer":
        scene = plan_melody(options, key, two_timbres=True)
        melody = melody_of(scene)
        old, new = (
            ENGLISH.instruments[label].name
            for label in (melody.instrument, melody.other_instrument or "")
        )
        meaning = NEW_TIMBRE.format(old=old, new=new)
    else:
        scene = plan_scene(options, key, edited=True)
        noun = KIND_OF[scene.events[scene.edited or 0].label].nouns[0]
        meaning = MEANT[edit].format(a=noun)
    return Request("edit", scene, instruction(scene, edit), meaning)


def _in_context(options: SoundworldOptions, key: tuple[int, ...]) -> Request:
    plan = plan_in_context(options, key)
    meaning = plain_english(plan.wanted, Told(text="", template="{tempo} {mode}"))
    return Request("in_context", plan.wanted, order(plan.wanted), meaning, plan.reference)


PLANNERS: dict[RequestKind, Callable[[SoundworldOptions, tuple[int, ...]], Request]] = {
    "scene": _scene,
    "melody": _melody,
    "edit": _edit,
    "in_context": _in_context,
}
