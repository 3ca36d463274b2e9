"""In-context generation: something new after the model of a recording."""

from __future__ import annotations

from dataclasses import replace

from ..core.media.audio import as_waveform
from ..core.payloads import PROMPT, Example, Prompt
from ..core.source import Row
from ..core.task import Task
from .demo_clips import demo_clip
from .prompts import IN_CONTEXT_GENERATION
from .requests import InContextRequest

ROW_NAME = "audio"
"""What a row calls the recording, beside its target."""


class InContextGeneration(Task[InContextRequest]):
    """Fills ``prompt`` with a recording to listen to and an instruction to read.

    No low-level stream carries the recording: what is to be kept of it (the instrument, the
    colour) is for the language model to hear (Audio-Omni, section 5.3.3).
    """

    name = "in_context_generation"
    request_model = InContextRequest
    default_wording = IN_CONTEXT_GENERATION

    def build_example(self, request: InContextRequest) -> Example:
        """Return the example of a request; decodes the recording.

        Raises:
            MediaError: if the recording cannot be read.
        """
        heard = as_waveform(request.reference_audio)
        text = self.wording.fill(instruction=request.instruction)
        prompt = Prompt(text=text, system=self.wording.system, audio=heard)
        return Example(
            task=self.name,
            seconds=request.seconds,
            payloads={PROMPT: prompt},
            conversions=heard.conversions,
        )

    def request_from_row(self, row: Row) -> InContextRequest:
        """Return the row's instruction and the recording that it is about.

        Raises:
            DataError: if the row lacks one of them; names the row and the task.
        """
        if ROW_NAME in row.media:
            row = replace(row, media={"reference_audio": row.media[ROW_NAME], **row.media})
        return super().request_from_row(row)

    def demo_request(self) -> InContextRequest:
        """Return a request about one second of two beeps."""
        return InContextRequest(
            reference_audio=demo_clip(),
            instruction="Play a slow melody with these beeps.",
            seconds=1.0,
        )
