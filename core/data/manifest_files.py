"""The files that a manifest's rows name, opened when they are wanted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, MediaError

if TYPE_CHECKING:
    from ..media.video_file import VideoClip
    from ..media.waveform import Waveform


def load_clip(
    path: Path,
    where: str,
    span: tuple[float | None, float | None] | None = None,
    max_seconds: float = 3600.0,
) -> Waveform:
    """Return a decoded clip, cut to ``span`` seconds; of a video, its sound.

    Raises:
        DataError: if it cannot be read; opens with ``where``.
    """
    from ..media.audio import crop, load_waveform

    try:
        clip = load_waveform(path, max_seconds=max_seconds)
        if span is None:
            return clip
        have, rate = int(clip.samples.shape[-1]), clip.sample_rate_hz
        start = min(have - 1, round((span[0] or 0.0) * rate))
        end = have if span[1] is None else min(have, round(span[1] * rate))
        return crop(clip, start, end - start)
    except MediaError as failure:
        raise DataError(f"{where}: {failure}") from None


def load_video_of_row(path: str, where: str) -> VideoClip:
    """Return a row's video, opened.

    Raises:
        DataError: if it cannot be read; opens with ``where``.
    """
    from ..media.video import load_video

    try:
        return load_video(path)
    except MediaError as failure:
        raise DataError(f"{where}: {failure}") from None
