"""What tasks that speak, in a given voice if there is one, have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import Generic, TypeVar

import torch
from pydantic import BaseModel

from ..core.media.audio import Waveform, resample, to_channels
from ..core.payloads import (
    PROMPT,
    REFERENCE_AUDIO,
    TRANSCRIPT,
    Example,
    Prompt,
    ReferenceAudio,
    Transcript,
)
from ..core.source import Row
from ..core.task import Task

CLOSING = (".", "!", "?", "…", "。", "！", "？")
FULL_WIDTH_STOP = "。"
ROW_NAMES = {"voice_audio": "voice_prompt"}
"""Fields of a request that a manifest may call something else."""
UNWRITTEN = (
    "the words of the voice's recording are not known, so the model cannot tell them from the "
    "new ones"
)

SpeakingT = TypeVar("SpeakingT", bound=BaseModel)


class Speaking(Task[SpeakingT], Generic[SpeakingT]):
    """Fills ``transcript`` with what is said, and ``reference_audio`` with the voice, if any.

    With a voice, the transcript begins with the words of its recording, and so does the audio
    that a model makes or learns; that part is cut off again. The language model reads neither:
    its part is the wording alone, for words and voice reach the transformer as they are.

    Source: Audio-Omni, sections 4.2 and 4.3.
    """

    def spoken_example(
        self,
        transcript: str,
        voice: Waveform | None,
        voice_transcript: str | None,
        seconds: float | None,
    ) -> Example:
        """Return the example of a text and a voice.

        Args:
            transcript: the new words.
            voice: whose they are; `None` for any.
            voice_transcript: what is said in the recording of the voice, if known.
            seconds: length of the new speech; `None` leaves it to the model.
        """
        skipped = 0.0 if voice is None else voice.seconds
        total = None if seconds is None else skipped + seconds
        known = None if voice is None else total
        text = self.spoken(transcript, voice_transcript)
        repeated = len(text) - len(self.spoken(transcript))
        return Example(
            task=self.name,
            seconds=total,
            payloads={
                PROMPT: Prompt(self.wording.fill(transcript=transcript), self.wording.system),
                TRANSCRIPT: Transcript(text, repeated),
                REFERENCE_AUDIO: ReferenceAudio(voice, role="voice", seconds=known),
            },
            conversions=_notes(voice, voice_transcript),
            skip_seconds=skipped,
        )

    def spoken(self, transcript: str, voice_transcript: str | None = None) -> str:
        """Return the words of a voice's recording and the new ones, as one transcript.

        With ``voice_join: sentence`` a closing mark is kept, and one is put where there is none.
        With ``full_stop`` there is always a full stop, behind other marks too (the published
        model's rule), except after a full-width one.
        """
        before = (voice_transcript or "").strip()
        full_stop = self.wording.voice_join == "full_stop"
        new = transcript if full_stop else transcript.strip()
        if not before:
            return new
        if before.endswith(FULL_WIDTH_STOP):
            return before + new
        if full_stop:
            return before.rstrip(".") + ". " + new
        return f"{before if before.endswith(CLOSING) else before + '.'} {new}"

    def request_from_row(self, row: Row) -> SpeakingT:
        """Return the request for a row's transcript, as long as its target if it has a voice.

        A manifest's ``voice_prompt`` is its voice.

        Raises:
            DataError: if the row lacks a field; names the row and the task.
        """
        media = {ours: row.media[name] for ours, name in ROW_NAMES.items() if name in row.media}
        request = super().request_from_row(replace(row, media={**row.media, **media}))
        if row.audio is None or getattr(request, "voice_audio", None) is None:
            return request
        return request.model_copy(update={"seconds": row.audio().seconds})

    def to_example(self, item: SpeakingT | Row) -> Example:
        """Return the example of a request or a row; with a voice, the target begins with it.

        Raises:
            RequestError, MediaError, DataError: as `Task.to_example`.
        """
        example = super().to_example(item)
        voice: Waveform | None = example.payloads[REFERENCE_AUDIO].waveform
        if voice is None or example.target is None:
            return example
        return replace(example, target=joined(voice, example.target))


def joined(voice: Waveform, speech: Waveform) -> Waveform:
    """Return the recording of a voice and speech behind it, at the rate and channels of speech.

    Not a sample is between them, and none is faded.

    Raises:
        MediaError: if the voice cannot be brought to the rate or channels of the speech.
    """
    rate = speech.sample_rate_hz
    before = to_channels(resample(voice, rate), speech.channels)
    note = f"put behind {before.seconds:.3f} s of the voice"
    samples = torch.cat([before.samples, speech.samples], dim=-1)
    notes = (*(f"voice: {done}" for done in before.conversions), *speech.conversions, note)
    return replace(speech, samples=samples, conversions=notes)


def _notes(voice: Waveform | None, voice_transcript: str | None) -> tuple[str, ...]:
    if voice is None:
        return ()
    return voice.conversions if voice_transcript else (*voice.conversions, UNWRITTEN)
