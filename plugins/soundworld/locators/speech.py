"""Rows of speech: a sentence, a sentence in a given voice, a converted one, an edited one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from ..config import SoundworldOptions
from ..speech.plans import (
    SpeechPlan,
    plan_speech,
    plan_speech_editing,
    plan_voice_conversion,
    plan_voice_prompt,
)
from ..speech.render import Spoken, open_clip, render_plan_once
from ..voice.timing import Span
from .base import Locator

if TYPE_CHECKING:
    from ....core.source import LoadAudio, LoadMedia


class Speech(Locator[SpeechPlan]):
    """A sentence by one of the speakers; its clip is as long as what is said."""

    tasks: ClassVar[tuple[str, ...]] = ("text_to_speech", "speech_editing")
    shortest_clip_seconds = 1.5

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> SpeechPlan:
        """Return the plan of a sentence."""
        return plan_speech(options, key)

    def render(self, plan: SpeechPlan) -> Spoken:
        """Return the clips of a row."""
        return render_plan_once(plan)

    def fields(self, plan: SpeechPlan) -> dict[str, Any]:
        """Return the words, those of the voice's recording too, and who speaks."""
        fields = {
            "transcript": plan.said.text,
            "speaker": plan.said.speaker.name,
            "duration_s": plan.said.timing.samples / plan.said.rate,
        }
        return fields if plan.voice is None else {**fields, "voice_transcript": plan.voice.text}

    def media(self, plan: SpeechPlan) -> dict[str, LoadMedia]:
        """Return the voice's recording and the source, where the row has them."""
        media: dict[str, LoadMedia] = {}
        if plan.voice is not None:
            media["voice_audio"] = partial(open_clip, plan, "voice")
        if plan.source is not None:
            media["source_audio"] = partial(open_clip, plan, "source")
        return media

    def truth(self, plan: SpeechPlan) -> dict[str, Any]:
        """Return the speaker, and when each word and each character of the target is heard."""
        timing = plan.said.timing
        return {
            "speaker": plan.said.speaker.name,
            "words": [_fact("word", word, timing.rate) for word in timing.words],
            "phones": [_fact("char", phone, timing.rate) for phone in timing.phones],
        }

    def target(self, plan: SpeechPlan) -> LoadAudio:
        """Return what opens the target."""
        return partial(open_clip, plan, "target")


class VoicePrompt(Speech):
    """A sentence, and another one by the same speaker to take the voice from."""

    tasks = ("text_to_speech",)
    shortest_clip_seconds = 2.5

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> SpeechPlan:
        """Return the plan of two sentences."""
        return plan_voice_prompt(options, key)


class VoiceConversion(Speech):
    """A sentence by one speaker, and the same, character by character in time, by another."""

    tasks = ("voice_conversion",)
    shortest_clip_seconds = 2.5

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> SpeechPlan:
        """Return the plan of one sentence by two speakers."""
        return plan_voice_conversion(options, key)

    def fields(self, plan: SpeechPlan) -> dict[str, Any]:
        """Return the words and both speakers."""
        assert plan.source is not None  # noqa: S101 - such a row is planned with one
        return {**super().fields(plan), "source_speaker": plan.source.speaker.name}


class SpeechEditing(Speech):
    """A sentence, and the same with a word replaced; outside of it no sample is touched."""

    tasks = ("speech_editing",)

    def plan(self, options: SoundworldOptions, key: tuple[int, ...]) -> SpeechPlan:
        """Return the plan of a sentence and its edit."""
        return plan_speech_editing(options, key)

    def fields(self, plan: SpeechPlan) -> dict[str, Any]:
        """Return old and new words, the span of the old ones and the length of the new."""
        assert plan.source is not None  # noqa: S101 - such a row is planned with both
        assert plan.edit is not None  # noqa: S101
        rate, old = plan.said.rate, plan.edit.old
        return {
            **super().fields(plan),
            "source_transcript": plan.source.text,
            "start_seconds": old.onset / rate,
            "end_seconds": old.end / rate,
            "new_seconds": plan.edit.new.length / rate,
        }

    def truth(self, plan: SpeechPlan) -> dict[str, Any]:
        """Return the facts of the target, and the span of the new words in it."""
        assert plan.edit is not None  # noqa: S101 - such a row is planned with one
        rate, new = plan.said.rate, plan.edit.new
        return {**super().truth(plan), "span": [[new.onset / rate, new.end / rate]]}


def _fact(kind: str, span: Span, rate: int) -> dict[str, Any]:
    return {kind: span.text, "onset_s": span.onset / rate, "length_s": span.length / rate}
