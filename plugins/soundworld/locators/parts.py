"""Rows of one thing alone: an event without a background, or a background without events."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..arrangements import as_waveform, render_once
from ..config import SoundworldOptions
from ..plan import EVENTLESS, ScenePlan, generator, pick, plan_scene
from ..vocabulary import BACKGROUNDS, EVENT_LABELS
from ..wording import description
from .scenes import SceneLocator

if TYPE_CHECKING:
    from ....core.media.waveform import Waveform
    from ....core.source import LoadAudio


class Events(SceneLocator):
    """One event, as long as it lasts."""

    tasks: ClassVar[tuple[str, ...]] = ("text_to_audio",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a scene whose only event is the row."""
        label = pick(EVENT_LABELS, generator((*key, EVENTLESS)))
        return plan_scene(options, key, labels=(label,), edited=True)

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the event's label, its words and its length."""
        event = plan.events[0]
        said = {"label": event.label, "caption": description(plan)}
        return {**said, "duration_s": event.length / plan.rate}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the label, and that it sounds from the start to the end."""
        event = plan.events[0]
        whole = {"label": event.label, "onset_s": 0.0, "length_s": event.length / plan.rate}
        return {"label": event.label, "events": [whole]}

    def target(self, plan: ScenePlan) -> LoadAudio:
        """Return what opens the event."""
        return partial(_event, plan)


class Backgrounds(SceneLocator):
    """One background, throughout the clip."""

    tasks: ClassVar[tuple[str, ...]] = ("text_to_audio",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a scene in which nothing happens."""
        return plan_scene(options, key, labels=())

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the background's label, its words and its length."""
        noun, _ = pick(BACKGROUNDS[plan.background], generator((*plan.wording_key, 1)))
        said = {"label": plan.background, "caption": noun}
        return {**said, "duration_s": plan.samples / plan.rate}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the label."""
        return {"label": plan.background, "events": []}

    def target(self, plan: ScenePlan) -> LoadAudio:
        """Return what opens the background."""
        return partial(_background, plan)


def _event(plan: ScenePlan) -> Waveform:
    event = plan.events[0]
    stem = render_once(plan).stems[0]
    return as_waveform(stem[event.onset : event.onset + event.length], plan.rate)


def _background(plan: ScenePlan) -> Waveform:
    return as_waveform(render_once(plan).background, plan.rate)
