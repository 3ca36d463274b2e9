"""Voice conversion: what one voice says, said by another."""

from __future__ import annotations

from dataclasses import replace

from ..core.media.audio import as_waveform
from ..core.payloads import Example
from .demo_clips import demo_clip
from .prompts import VOICE_CONVERSION
from .speaking import Speaking
from .speech_requests import VoiceConversionRequest

NOT_HEARD = (
    "the model does not hear the source: of it come the words, as its transcript, and the length"
)


class VoiceConversion(Speaking[VoiceConversionRequest]):
    """Says the source's transcript in the length of the source, with the voice of a recording.

    The mel stream has room for one clip, and it is the speech prompt that it carries; what is
    said travels as the transcript, beside the words of the prompt (Audio-Omni, sections 4.2 and
    5.3.3). The source itself is not heard, by the language model neither: the model was trained
    on prompts without it, and would have to listen to tell voice from words.
    """

    name = "voice_conversion"
    request_model = VoiceConversionRequest
    default_wording = VOICE_CONVERSION

    def build_example(self, request: VoiceConversionRequest) -> Example:
        """Return the example of a request; decodes the source and the voice's recording.

        Raises:
            MediaError: if one of them cannot be read.
        """
        source = as_waveform(request.source_audio)
        example = self.spoken_example(
            request.transcript,
            as_waveform(request.voice_audio),
            request.voice_transcript,
            request.seconds or source.seconds,
        )
        return replace(example, conversions=(*example.conversions, NOT_HEARD))

    def demo_request(self) -> VoiceConversionRequest:
        """Return a request for a short sentence between two voices of beeps."""
        return VoiceConversionRequest(
            source_audio=demo_clip(),
            voice_audio=demo_clip(0.5),
            transcript="Good morning, how are you?",
            voice_transcript="Hello.",
        )
