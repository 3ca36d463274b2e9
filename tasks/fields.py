"""The kinds of fields that requests have: words, recordings, videos; free of torch.

Each says what was got and what was expected, in the words of a user.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from ..core.media.video_file import VideoClip
from ..core.media.waveform import Waveform
from ..core.task import AudioInput, VideoInput


def _words(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; expected words")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as failure:
        raise ValueError(
            f"is not text in UTF-8 (character {failure.start}); expected words. Check the encoding "
            "of the terminal or file that they come from"
        ) from None
    return text


def _audio(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty; expected the path of an audio file")
    if not isinstance(value, str | Path | Waveform):
        raise ValueError(
            f"is a {type(value).__name__}; expected the path of an audio file, or a Waveform"
        )
    return value


def _video(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("is empty; expected the path of a video file")
    if not isinstance(value, str | Path | VideoClip):
        raise ValueError(
            f"is a {type(value).__name__}; expected the path of a video file, or a VideoClip"
        )
    return value


def _optional(check: Callable[[Any], Any]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else check(value))


Audio = Annotated[AudioInput, BeforeValidator(_audio)]
"""The path of an audio file, or a `Waveform`."""

OptionalAudio = Annotated[AudioInput, _optional(_audio)]
"""The same, or `None`. A union with `None` would lose what the annotation says of the field."""

Video = Annotated[VideoInput, BeforeValidator(_video)]
"""The path of a video file, or a `VideoClip`."""

OptionalVideo = Annotated[VideoInput, _optional(_video)]
"""The same, or `None`."""

Words = Annotated[str, AfterValidator(_words)]
"""Text with at least one visible character; the wording of a task trims it."""
