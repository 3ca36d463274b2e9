"""Rows whose answer is text: questions about a clip or a video, descriptions, translations."""

from __future__ import annotations

import abc
from functools import partial
from typing import TYPE_CHECKING, Any

from ..arrangements import arranged, open_part, whole
from ..config import SoundworldOptions
from ..languages.translation import Translation, plan_translation
from ..pictures.film import film_impacts
from ..questions.asking import Asked, ask
from ..questions.describing import Description, plan_description
from ..questions.requesting import Request, plan_request
from ..questions.table import HEARD, SEEN
from ..render import Rendered
from .base import Locator, PlanT
from .videos import open_film

if TYPE_CHECKING:
    from ....core.source import LoadMedia


class Answers(Locator[PlanT]):
    """What rows without audio to learn have in common."""

    tasks = ("understanding",)

    def target(self, plan: PlanT) -> None:
        """Return nothing: the answer is a field."""


class AboutScenes(Answers[Asked], abc.ABC):
    """What questions about a scene have in common."""

    def fields(self, plan: Asked) -> dict[str, Any]:
        """Return the question, its answer, the answers to choose from, and the clip's length."""
        asked, scene = plan.question, plan.scene
        return {
            "question": asked.text,
            "answer": asked.answer,
            "choices": list(asked.choices),
            "duration_s": scene.samples / scene.rate,
        }

    def truth(self, plan: Asked) -> dict[str, Any]:
        """Return the skill that the answer takes."""
        return {"skill": plan.question.skill}

    def render(self, plan: Asked) -> Rendered:
        """Return what sounds in the scene."""
        return arranged(plan.scene, whole)


class Questions(AboutScenes):
    """A scene or a melody to listen to, and a question about it."""

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> Asked:
        """Return a question with its scene."""
        return ask(HEARD, options, key)

    def media(self, plan: Asked) -> dict[str, LoadMedia]:
        """Return the sound."""
        return {"audio": partial(open_part, plan.scene, whole, "target")}


class VideoQuestions(AboutScenes):
    """A silent clip of impacts to watch, and a question about it."""

    shortest_clip_seconds = 2.0

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> Asked:
        """Return a question with its clip."""
        return ask(SEEN, options, key)

    def media(self, plan: Asked) -> dict[str, LoadMedia]:
        """Return the clip."""
        return {"video": partial(open_film, plan.scene, film_impacts)}


class Descriptions(Answers[Description]):
    """A scene or a melody to listen to, and all of it in plain English."""

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> Description:
        """Return a scene with its description."""
        return plan_description(options, key)

    def fields(self, plan: Description) -> dict[str, Any]:
        """Return a question for a description, the description, and the clip's length."""
        seconds = plan.scene.samples / plan.scene.rate
        return {"question": plan.question, "answer": plan.answer, "duration_s": seconds}

    def truth(self, plan: Description) -> dict[str, Any]:
        """Return the skill that the answer takes."""
        return {"skill": "description"}

    def render(self, plan: Description) -> Rendered:
        """Return what sounds in the scene."""
        return arranged(plan.scene, whole)

    def media(self, plan: Description) -> dict[str, LoadMedia]:
        """Return the sound."""
        return {"audio": partial(open_part, plan.scene, whole, "target")}


class Translations(Answers[Translation]):
    """A caption in one of several languages, and what it says in plain English."""

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> Translation:
        """Return a caption with its answer."""
        return plan_translation(options, key)

    def fields(self, plan: Translation) -> dict[str, Any]:
        """Return the caption as a question, and its answer."""
        return {"question": plan.question, "answer": plan.answer}

    def truth(self, plan: Translation) -> dict[str, Any]:
        """Return the skill that the answer takes, and the language of the question."""
        return {"skill": "translation", "language": plan.language}

    def render(self, plan: Translation) -> Rendered:
        """Return what the caption tells of; a row does not open it."""
        return arranged(plan.scene, whole)


class Requests(Answers[Request]):
    """A request for sound, as it reaches a model that makes it, and what it asks for."""

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> Request:
        """Return a request with what it means."""
        return plan_request(options, key)

    def fields(self, plan: Request) -> dict[str, Any]:
        """Return the request as a question, what it asks for, and the system text if it has one."""
        said = {"question": plan.text, "answer": plan.meaning}
        return said if plan.system is None else {**said, "system": plan.system}

    def media(self, plan: Request) -> dict[str, LoadMedia]:
        """Return the melody to listen to, if there is one."""
        if plan.heard is None:
            return {}
        return {"audio": partial(open_part, plan.heard, whole, "target")}

    def truth(self, plan: Request) -> dict[str, Any]:
        """Return the skill that the answer takes, the kind of request and its language."""
        skill = f"{plan.kind.replace('_', '-')} request"
        return {"skill": skill, "kind": plan.kind, "language": plan.scene.language}

    def render(self, plan: Request) -> Rendered:
        """Return what the request speaks of; a row opens no more than what is to be heard."""
        return arranged(plan.scene, whole)
