"""Taking a part of a clip out and putting another in. Shapes: C channels, N samples."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from ..core.errors import RequestError
from ..core.media.waveform import Waveform
from .speech_requests import SpeechEditRequest

LEAST_SECONDS = 0.05
"""The shortest part that a pace may give; words take longer."""


@dataclass(frozen=True)
class Part:
    """A part of a clip, and how long what comes in its place is; all in samples.

    Attributes:
        start: where it begins, 0 or more.
        end: where it ends, above ``start``, within the clip.
        length: of what comes in its place, 1 or more.
    """

    start: int
    end: int
    length: int

    def blanked(self, sample_rate_hz: int) -> tuple[tuple[float, float], ...]:
        """Return where the new part is, in seconds of the new clip."""
        return ((self.start / sample_rate_hz, (self.start + self.length) / sample_rate_hz),)

    def note(self, sample_rate_hz: int) -> str:
        """Return what is done to a clip, in words."""
        start, end, length = (n / sample_rate_hz for n in (self.start, self.end, self.length))
        return f"{start:.3f} … {end:.3f} s of the source are made anew, {length:.3f} s long"


def part_to_replace(request: SpeechEditRequest, source: Waveform) -> tuple[Part, str | None]:
    """Return the part that a request names, and a note where its new length had to be guessed.

    A length that is left out is that of the old part; where the old words are known, it grows or
    shrinks by the pace of the source: so many characters, spaces not counted, a second.

    Raises:
        RequestError: if the part is not within the source, shorter than a sample, or would last
            next to nothing by the source's pace.
    """
    rate, samples = source.sample_rate_hz, int(source.samples.shape[-1])
    start, end = round(request.start_seconds * rate), round(request.end_seconds * rate)
    if end > samples or start >= end:
        raise RequestError(
            f"The part to replace goes from {request.start_seconds:g} to {request.end_seconds:g} "
            f"s; the source lasts {source.seconds:.3f} s at {rate} Hz. Choose a part of it that "
            "is at least one sample long."
        )
    if request.new_seconds is not None:
        return Part(start, end, max(1, round(request.new_seconds * rate))), None
    if request.source_transcript is None:
        note = "the new part lasts as long as the old one, for new_seconds was left out"
        return Part(start, end, end - start), note
    seconds = _by_pace(request, request.source_transcript, source, (end - start) / rate)
    note = f"the new part lasts {seconds:.3f} s by the source's pace, for new_seconds was left out"
    return Part(start, end, round(seconds * rate)), note


def _by_pace(
    request: SpeechEditRequest, source_transcript: str, source: Waveform, old_seconds: float
) -> float:
    old, new = _characters(source_transcript), _characters(request.transcript)
    seconds = old_seconds + (new - old) * source.seconds / old
    if seconds < LEAST_SECONDS:
        raise RequestError(
            f"The transcript has {new} characters and source_transcript {old}; by the source's "
            f"pace the new part would last {seconds:.3f} s. Replace a longer part, or say how "
            "long the new one is (new_seconds)."
        )
    return seconds


def _characters(text: str) -> int:
    return len("".join(text.split()))


def with_gap(source: Waveform, part: Part) -> Waveform:
    """Return the clip with room for a new part: silence, which its record says.

    A part that keeps its length is left in place: a model is told where it must not look.
    """
    if part.length == part.end - part.start:
        return source
    silence = source.samples.new_zeros(source.channels, part.length)
    return source.converted(spliced(source, part, silence), part.note(source.sample_rate_hz))


def spliced(source: Waveform, part: Part, new: Tensor) -> Tensor:
    """Return the samples of a clip with ``new`` (C, length) in place of its part."""
    before, behind = source.samples[:, : part.start], source.samples[:, part.end :]
    return torch.cat([before, new, behind], dim=-1)
