"""Speech editing: other words in a part of a recording. Shapes: C channels, N samples."""

from __future__ import annotations

from ..core.errors import DataError, RequestError
from ..core.media.audio import Waveform, as_waveform, resample, to_channels
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
from .demo_clips import demo_clip
from .pairs import LENGTH_TOLERANCE_SECONDS, refuse_equal
from .prompts import SPEECH_EDITING
from .speech_requests import SpeechEditRequest
from .splicing import Part, part_to_replace, spliced, with_gap

SOURCE = "source_audio"


class SpeechEditing(Task[SpeechEditRequest]):
    """Fills ``transcript`` with the whole new text, ``reference_audio`` with speech and its gap.

    What is to be made anew is named in ``blanked``; a model never sees what lies there. In
    training it is drawn anew each time, so that any row of speech with its transcript teaches
    the task: the clip itself is the reference (Audio-Omni, section 5.1). The language model
    reads neither text nor speech.
    """

    name = "speech_editing"
    request_model = SpeechEditRequest
    default_wording = SPEECH_EDITING

    def build_example(self, request: SpeechEditRequest) -> Example:
        """Return the example of an edit; decodes the source.

        Raises:
            MediaError: if the source cannot be read.
            RequestError: if the part to replace is not within it.
        """
        source = as_waveform(request.source_audio)
        part, guess = part_to_replace(request, source)
        clip, rate = with_gap(source, part), source.sample_rate_hz
        prompt = self.wording.fill(transcript=request.transcript)
        notes = (*source.conversions, part.note(rate), *([guess] if guess else []))
        return Example(
            task=self.name,
            seconds=clip.seconds,
            payloads={
                PROMPT: Prompt(text=prompt, system=self.wording.system),
                TRANSCRIPT: Transcript(request.transcript.strip()),
                REFERENCE_AUDIO: ReferenceAudio(
                    clip, role="speech", seconds=clip.seconds, blanked=part.blanked(rate)
                ),
            },
            conversions=notes,
        )

    def request_from_row(self, row: Row) -> SpeechEditRequest:
        """Return the request to make a part of the row's target anew.

        A row with ``source_audio``, ``start_seconds`` and ``end_seconds`` has its own part, and
        the target's sound in it: when training draws other parts, that one is learned from. Any
        other row is the target itself, its middle half to be made anew.

        Raises:
            DataError: if the row lacks a field, or source and target do not fit; names the row.
        """
        if row.audio is None:
            return super().request_from_row(row)
        target = row.audio()
        if SOURCE in row.media:
            return self._of_pair(row, target)
        quarter = int(target.samples.shape[-1]) // 4
        span = {"start_seconds": quarter, "end_seconds": 3 * quarter, "new_seconds": 2 * quarter}
        own = {name: samples / target.sample_rate_hz for name, samples in span.items()}
        fields = {"transcript": row.fields.get("transcript"), **own}
        return super().request_from_row(Row(row.id, fields, media={SOURCE: lambda: target}))

    def demo_request(self) -> SpeechEditRequest:
        """Return an edit of one second of two beeps."""
        return SpeechEditRequest(
            source_audio=demo_clip(),
            transcript="Good evening.",
            start_seconds=0.4,
            end_seconds=0.8,
            new_seconds=0.4,
        )

    def _of_pair(self, row: Row, target: Waveform) -> SpeechEditRequest:
        request = super().request_from_row(row)
        source = as_waveform(request.source_audio)
        target = to_channels(resample(target, source.sample_rate_hz), source.channels)
        refuse_equal(row.id, self.name, source, target)
        part = self._part_of_pair(row, request, source, target)
        new = target.samples[:, part.start : part.start + part.length]
        note = f"the row's target in its place: {part.note(source.sample_rate_hz)}"
        clip = source.converted(spliced(source, part, new), note)
        (start, end) = part.blanked(source.sample_rate_hz)[0]
        changes = {SOURCE: clip, "end_seconds": end, "new_seconds": end - start}
        return request.model_copy(update={**changes, "source_transcript": None})

    def _part_of_pair(
        self, row: Row, request: SpeechEditRequest, source: Waveform, target: Waveform
    ) -> Part:
        """Return the part of a pair; the target's length says how long the new one is."""
        try:
            part, _ = part_to_replace(request.model_copy(update={"new_seconds": 1}), source)
        except RequestError as failure:
            raise DataError(f"Row '{row.id}' does not fit task '{self.name}': {failure}") from None
        have, rate = int(target.samples.shape[-1]), source.sample_rate_hz
        kept = int(source.samples.shape[-1]) - (part.end - part.start)
        told = request.new_seconds
        off = 0.0 if told is None else abs(have - kept - told * rate) / rate
        if off > LENGTH_TOLERANCE_SECONDS or have <= kept:
            new = "a new part" if told is None else f"{told:.3f} s of new speech"
            raise DataError(
                f"Row '{row.id}': its target lasts {have / rate:.3f} s; expected {kept / rate:.3f} "
                f"s of the source and {new}. Correct the row's span or its new_seconds."
            )
        return Part(part.start, part.end, have - kept)
