"""Rows of rendered clips and what sounds in them: impacts, and scenes that dance to music."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from ..config import SoundworldOptions
from ..melody import melody_of
from ..pictures.dance import film_melody, plan_moody_melody
from ..pictures.film import film_impacts
from ..pictures.motion import FPS
from ..pictures.plan import plan_impacts
from ..pictures.wording import impacts_caption, scene_caption
from ..plan import ScenePlan
from .melodies import Music
from .scenes import Sounds

if TYPE_CHECKING:
    from ....core.media.video_file import VideoClip
    from ....core.source import LoadMedia


class Impacts(Sounds):
    """A clip in which things hit, open or sweep, each with its sound at that time."""

    tasks = ("video_to_audio",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of one to four impacts of one kind."""
        return plan_impacts(options, key)

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the length, and a caption that says what happens but not when."""
        return {**super().fields(plan), "caption": impacts_caption(plan)}

    def media(self, plan: ScenePlan) -> dict[str, LoadMedia]:
        """Return the clip."""
        return {"video": partial(open_film, plan, film_impacts)}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return one event for each impact, and what they are."""
        return {**super().truth(plan), "label": plan.events[0].label}


class Scenes(Music):
    """A scene with a mood, whose beats can be seen, and the melody that it dances to."""

    tasks = ("video_to_music",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a melody that is slow or fast."""
        return plan_moody_melody(options, key)

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the mood, and a caption that names the instrument, which cannot be seen."""
        mood = self.truth(plan)["mood"]
        caption = scene_caption(plan, melody_of(plan).instrument, mood)
        return {**super().fields(plan), "caption": caption, "mood": mood}

    def media(self, plan: ScenePlan) -> dict[str, LoadMedia]:
        """Return the clip."""
        return {"video": partial(open_film, plan, film_melody)}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the facts of the melody; the label is its mood."""
        truth = super().truth(plan)
        return {**truth, "label": truth["mood"]}


def open_film(plan: ScenePlan, film: Callable[[ScenePlan], Any]) -> VideoClip:
    """Return the clip of a plan."""
    from ....core.media.video_file import VideoClip

    return VideoClip.of_frames(film(plan), FPS)
