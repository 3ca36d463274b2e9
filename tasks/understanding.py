"""Understanding: questions about what is heard and seen, answered in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..core.errors import DataError
from ..core.media.audio import (
    Waveform,
    as_waveform,
    crop,
    load_waveform,
    load_waveform_bytes,
)
from ..core.media.video import VideoClip, as_video
from ..core.media.video_stream import import_av
from ..core.payloads import PROMPT, Example, Prompt
from ..core.source import Row
from ..core.task import Task
from .prompts import UNDERSTANDING
from .requests import QuestionRequest

SOUNDLESS = "the video has no sound to listen to"


class Understanding(Task[QuestionRequest]):
    """Fills ``prompt`` with a question and what it is about; the language model answers it."""

    name = "understanding"
    request_model = QuestionRequest
    default_wording = UNDERSTANDING

    def build_example(self, request: QuestionRequest) -> Example:
        """Return the example of a question; decodes its audio and opens its video.

        Raises:
            MediaError: if one of them cannot be read.
        """
        audio = None if request.audio is None else as_waveform(request.audio)
        video = None if request.video is None else as_video(request.video)
        notes: tuple[str, ...] = () if video is None else video.conversions
        if request.use_video_audio and video is not None:
            audio = sound_of(video)
            notes += (SOUNDLESS,) if audio is None else ()
        prompt = Prompt(
            text=self.wording.fill(question=asked(request.question, request.choices)),
            system=request.system or self.wording.system,
            audio=audio,
            video=video,
            audio_of_video=request.use_video_audio and audio is not None,
        )
        notes += () if audio is None else audio.conversions
        return Example(task=self.name, seconds=None, payloads={PROMPT: prompt}, conversions=notes)

    def to_example(self, item: QuestionRequest | Row) -> Example:
        """Return the example of a question, or of a row with its answer, if it has one.

        Raises:
            RequestError, MediaError, DataError: as `Task.to_example`; or if the answer is no text.
        """
        example = super().to_example(item)
        given = item.fields.get("answer") if isinstance(item, Row) else None
        if given is None:
            return example
        if not isinstance(given, str) or not given.strip():
            raise DataError(
                f"Row '{example.id}' has the answer {given!r}; expected words to learn. Write "
                "them, or leave the row out."
            )
        return replace(example, answer=given.strip())

    def request_from_row(self, row: Row) -> QuestionRequest:
        """Return the row's question; what it is about is its ``audio`` or ``video``.

        Raises:
            DataError: if the row has no question; names the row and the task.
        """
        if row.audio is not None and "audio" not in row.media:
            row = replace(row, media={**row.media, "audio": row.audio})
        return super().request_from_row(row)

    def demo_request(self) -> QuestionRequest:
        """Return a question that needs neither audio nor video."""
        values: dict[str, Any] = {"question": "Which sounds does a harbour make?"}
        return self.parse_request(values)


def asked(question: str, choices: Sequence[str] | None) -> str:
    """Return a question as it is put to a model, the answers to choose from behind it."""
    if not choices:
        return question
    listed = ", ".join(choice.strip() for choice in choices)
    return f"{question.strip()} Choose one: {listed}."


def sound_of(clip: VideoClip) -> Waveform | None:
    """Return the sound of a video from the clip's start, or `None` if it has none.

    Raises:
        MediaError: if the file cannot be read.
    """
    if clip.pixels is not None:  # frames in memory are silent
        return None
    with import_av(clip.path).open(clip.file(), metadata_errors="ignore") as container:
        if not container.streams.audio:
            return None
    sound = (
        load_waveform(clip.path)
        if clip.data is None
        else load_waveform_bytes(clip.data, str(clip.path))
    )
    start = round(clip.start_seconds * sound.sample_rate_hz)
    length = int(sound.samples.shape[-1]) - start
    return None if length <= 0 else crop(sound, start, length)
