"""What all edits have in common: a source, an instruction, a result as long as the source."""

from __future__ import annotations

import math
from typing import Any, Generic, TypeVar

import torch

from ...core.errors import DataError
from ...core.media.audio import as_waveform
from ...core.media.waveform import Waveform
from ...core.payloads import PROMPT, REFERENCE_AUDIO, Example, Prompt, ReferenceAudio
from ...core.source import Row
from ...core.task import Task
from ..requests import EditRequest

LENGTH_TOLERANCE_SECONDS = 0.01

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
        """Return the example of a request or a row; source and target must be equally long.

        Raises:
            RequestError, MediaError, DataError: as `Task.to_example`.
        """
        example = super().to_example(item)
        source: Waveform = example.payloads[REFERENCE_AUDIO].waveform
        target = example.target
        if target is not None and abs(target.seconds - source.seconds) > LENGTH_TOLERANCE_SECONDS:
            raise DataError(
                f"Row '{example.id}': its source lasts {source.seconds:.3f} s and its target "
                f"{target.seconds:.3f} s; task '{self.name}' expects both to last equally long. "
                "Cut or pad them together before training."
            )
        return example

    def demo_request(self) -> EditT:
        """Return an edit of one second of two beeps."""
        values: dict[str, Any] = {"source_audio": demo_source(), **self.demo_words()}
        return self.parse_request(values)

    def demo_words(self) -> dict[str, str]:
        """Return the fields of `demo_request` besides the source."""
        return {"description": "a dog barking"}


def demo_source() -> Waveform:
    """Return one second of a quiet hum with two beeps, mono at 16 kHz."""
    rate = 16000
    t = torch.arange(rate) / rate
    beeps = ((t % 0.5) < 0.1).float() * torch.sin(2 * math.pi * 880 * t)
    return Waveform((0.05 * torch.sin(2 * math.pi * 110 * t) + 0.3 * beeps)[None], rate)
