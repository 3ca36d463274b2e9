"""What all edits have in common: a source, an instruction, a result as long as the source."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from ...core.errors import DataError
from ...core.media.audio import as_waveform
from ...core.media.waveform import Waveform
from ...core.payloads import PROMPT, REFERENCE_AUDIO, Example, Prompt, ReferenceAudio
from ...core.source import Row
from ...core.task import Task
from ..demo_clips import demo_clip
from ..pairs import LENGTH_TOLERANCE_SECONDS, refuse_equal
from ..requests import EditRequest

EditT = TypeVar("EditT", bound=EditRequest)


class Edit(Task[EditT], Generic[EditT]):
    """Fills ``prompt`` with an instruction and ``reference_audio`` with the source.

    The language model reads the instruction and does not hear the source, which reaches the
    transformer as a low-level condition (Audio-Omni, section 4.2).
    """

    def sentence(self, request: EditT) -> str:
        """Return the instruction for a request that brings none of its own."""
        words = request.model_dump(exclude={"source_audio", "instruction"})
        return self.wording.fill(**words)

    def build_example(self, request: EditT) -> Example:
        """Return the example of an edit; decodes the source.

        Raises:
            MediaError: if the source cannot be read.
        """
        source = as_waveform(request.source_audio)
        text = request.instruction.strip() if request.instruction else self.sentence(request)
        return Example(
            task=self.name,
            seconds=source.seconds,
            payloads={
                PROMPT: Prompt(text=text, system=self.wording.system),
                REFERENCE_AUDIO: ReferenceAudio(source, role="source"),
            },
            conversions=source.conversions,
        )

    def to_example(self, item: EditT | Row) -> Example:
        """Return the example of a request or a row; its target is as long as the source, but other.

        Raises:
            RequestError, MediaError, DataError: as `Task.to_example`.
        """
        example = super().to_example(item)
        source: Waveform = example.payloads[REFERENCE_AUDIO].waveform
        target = example.target
        if target is None:
            return example
        if abs(target.seconds - source.seconds) > LENGTH_TOLERANCE_SECONDS:
            raise DataError(
                f"Row '{example.id}': its source lasts {source.seconds:.3f} s and its target "
                f"{target.seconds:.3f} s; task '{self.name}' expects both to last equally long. "
                "Cut or pad them together before training."
            )
        refuse_equal(example.id, self.name, source, target)
        return example

    def demo_request(self) -> EditT:
        """Return an edit of one second of two beeps."""
        values: dict[str, Any] = {"source_audio": demo_clip(), **self.demo_words()}
        return self.parse_request(values)

    def demo_words(self) -> dict[str, str]:
        """Return the fields of `demo_request` besides the source."""
        return {"description": "a dog barking"}
