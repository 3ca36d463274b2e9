"""Text to speech, and voice conversion: the same with a recording of a voice."""

from __future__ import annotations

from typing import Any

from ..core.media.audio import Waveform, as_waveform
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
from .prompts import TEXT_TO_SPEECH
from .requests import SpeechRequest

CLOSING = (".", "!", "?", "…", "。", "！", "？")
FULL_WIDTH_STOP = "。"
ROW_NAMES = {"voice_audio": "voice_prompt"}
"""Fields of a request that a manifest calls something else."""
UNWRITTEN = (
    "the words of the voice's recording are not known, so the model cannot tell them from the "
    "new ones"
)


class TextToSpeech(Task[SpeechRequest]):
    """Fills ``transcript`` with what is said, and ``reference_audio`` with the voice, if any.

    With a voice, the transcript begins with the words of its recording, and so does the audio
    that a model makes; that part is cut off again, and ``seconds`` is the length of the new
    speech. The language model reads neither: its part is the wording alone.

    Source: Audio-Omni, sections 4.2 and 4.3.
    """

    name = "text_to_speech"
    request_model = SpeechRequest
    default_wording = TEXT_TO_SPEECH

    def build_example(self, request: SpeechRequest) -> Example:
        """Return the example of a request; decodes the voice's recording.

        Raises:
            MediaError: if the recording cannot be read.
        """
        voice = None if request.voice_audio is None else as_waveform(request.voice_audio)
        spoken = self.spoken(request.transcript, request.voice_transcript)
        prompt = self.wording.fill(transcript=request.transcript)
        repeated = 0.0 if voice is None else voice.seconds
        return Example(
            task=self.name,
            seconds=None if request.seconds is None else repeated + request.seconds,
            payloads={
                PROMPT: Prompt(text=prompt, system=self.wording.system),
                TRANSCRIPT: Transcript(spoken),
                REFERENCE_AUDIO: ReferenceAudio(voice, role="voice"),
            },
            conversions=_notes(voice, request),
            skip_seconds=repeated,
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

    def request_from_row(self, row: Row) -> SpeechRequest:
        """Return the request for a row's transcript; a manifest's ``voice_prompt`` is its voice.

        Raises:
            DataError: if the row has no transcript; names the row and the task.
        """
        media = {ours: row.media[name] for ours, name in ROW_NAMES.items() if name in row.media}
        known = Row(id=row.id, fields=row.fields, media={**row.media, **media})
        return super().request_from_row(known)

    def demo_request(self) -> SpeechRequest:
        """Return a request for a short sentence, without a voice to imitate."""
        values: dict[str, Any] = {"transcript": "Good morning, how are you?", "seconds": 1.0}
        return self.parse_request(values)


def _notes(voice: Waveform | None, request: SpeechRequest) -> tuple[str, ...]:
    if voice is None:
        return ()
    return voice.conversions if request.voice_transcript else (*voice.conversions, UNWRITTEN)
