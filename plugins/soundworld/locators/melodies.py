"""Rows about melodies: one instrument, or the same melody on two."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..arrangements import Arrangement, open_part, swap
from ..config import SoundworldOptions
from ..melody import melody_of, plan_melody
from ..moods import mood_of
from ..plan import MelodyPlan, ScenePlan
from ..wording import caption_of_other_timbre, instruction
from .scenes import SceneLocator

if TYPE_CHECKING:
    from ....core.source import LoadMedia


class Music(SceneLocator):
    """A melody over a background, and its caption."""

    tasks: ClassVar[tuple[str, ...]] = ("text_to_music",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a melody."""
        return plan_melody(options, key)

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the instrument as the label and as one event, the notes, tempo and mode."""
        return {**super().truth(plan), **melody_facts(melody_of(plan), plan.rate)}


class StyleTransfer(Music):
    """A melody on one instrument, then on another."""

    tasks = ("style_transfer", "instruction_editing")
    optional_order = True

    def arrangement(self) -> Arrangement:
        """Return the swap of one timbre for the other."""
        return swap

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> ScenePlan:
        """Return the plan of a melody on two instruments."""
        return plan_melody(options, key, two_timbres=True)

    def fields(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the instruction and both instruments; the caption is that of the source."""
        melody, fields = melody_of(plan), super().fields(plan)
        return {
            **fields,
            "source_caption": fields["caption"],
            "target_caption": caption_of_other_timbre(plan),
            "instruction": instruction(plan, "style_transfer"),
            "source_category": melody.instrument,
            "target_category": melody.other_instrument,
        }

    def media(self, plan: ScenePlan) -> dict[str, LoadMedia]:
        """Return the melody on its first instrument."""
        return {"source_audio": partial(open_part, plan, self.arrangement(), "source")}

    def truth(self, plan: ScenePlan) -> dict[str, Any]:
        """Return the facts of the target, and the span of the melody."""
        return {**super().truth(plan), "span": [list(_span(melody_of(plan), plan.rate))]}


def melody_facts(melody: MelodyPlan, rate: int) -> dict[str, Any]:
    """Return what is true of a melody, in seconds; of two timbres, the second is the label.

    A melody of medium tempo has no ``mood``.
    """
    label = melody.other_instrument or melody.instrument
    start, end = _span(melody, rate)
    mood = mood_of(melody)
    return {
        "label": label,
        "events": [{"label": label, "onset_s": start, "length_s": end - start}],
        "notes": [
            {"midi": n.midi, "onset_s": n.onset / rate, "length_s": n.length / rate}
            for n in melody.notes
        ],
        "bpm": melody.bpm,
        "mode": melody.mode,
        **({} if mood is None else {"mood": mood}),
        "snr_db": [melody.snr_db],
    }


def _span(melody: MelodyPlan, rate: int) -> tuple[float, float]:
    first, last = melody.notes[0], melody.notes[-1]
    return first.onset / rate, (last.onset + last.length) / rate
