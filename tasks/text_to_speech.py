"""Text to speech, in a given voice if there is one."""

from __future__ import annotations

from ..core.media.audio import as_waveform
from ..core.payloads import Example
from .prompts import TEXT_TO_SPEECH
from .speaking import Speaking
from .speech_requests import SpeechRequest


class TextToSpeech(Speaking[SpeechRequest]):
    """Speaks a text; ``seconds`` is the length of the new speech."""

    name = "text_to_speech"
    request_model = SpeechRequest
    default_wording = TEXT_TO_SPEECH

    def build_example(self, request: SpeechRequest) -> Example:
        """Return the example of a request; decodes the voice's recording.

        Raises:
            MediaError: if the recording cannot be read.
        """
        voice = None if request.voice_audio is None else as_waveform(request.voice_audio)
        return self.spoken_example(
            request.transcript, voice, request.voice_transcript, request.seconds
        )

    def demo_request(self) -> SpeechRequest:
        """Return a request for a short sentence, without a voice to imitate."""
        return self.parse_request({"transcript": "Good morning, how are you?", "seconds": 1.0})
