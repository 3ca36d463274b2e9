"""The files that a manifest's rows name, opened when they are wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError, MediaError

if TYPE_CHECKING:
    from ..media.video_file import VideoClip
    from ..media.waveform import Waveform

Span = tuple[float | None, float | None]


@dataclass(frozen=True)
class FolderMedia:
    """Files in a folder.

    Attributes:
        folder: what names are relative to.
    """

    folder: Path

    def audio(self, name: str, where: str, max_seconds: float) -> Waveform:
        """Return a decoded clip; of a video, its sound.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ..media.audio import load_waveform

        try:
            return load_waveform(self.folder / name, max_seconds=max_seconds)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None

    def video(self, name: str, where: str) -> VideoClip:
        """Return a row's video, opened.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ..media.video import load_video

        try:
            return load_video(self.folder / name)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None


def cut_clip(clip: Waveform, where: str, span: Span | None) -> Waveform:
    """Return a clip cut to ``span`` seconds, of which either end may be left open.

    Raises:
        DataError: if nothing of it would be left; opens with ``where``.
    """
    from ..media.audio import crop

    if span is None:
        return clip
    have, rate = int(clip.samples.shape[-1]), clip.sample_rate_hz
    start = min(have - 1, round((span[0] or 0.0) * rate))
    end = have if span[1] is None else min(have, round(span[1] * rate))
    try:
        return crop(clip, start, end - start)
    except MediaError as failure:
        raise DataError(f"{where}: {failure}") from None
