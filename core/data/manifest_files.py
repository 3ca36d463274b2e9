"""The files that rows name, opened when they are wanted, wherever they are kept."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, MediaError

if TYPE_CHECKING:
    from ..media.video_file import VideoClip
    from ..media.waveform import Waveform

Span = tuple[float | None, float | None]


class Media(abc.ABC):
    """Opens what the fields of rows name. It travels to data workers."""

    @abc.abstractmethod
    def file(self, name: Any, where: str) -> tuple[bytes | None, str]:
        """Return a file's bytes and what it is called; `None` for one that lies at that path.

        Raises:
            DataError: if it cannot be had; opens with ``where``.
        """

    def audio(self, name: Any, where: str, max_seconds: float) -> Waveform:
        """Return a clip, decoded; of a video, its sound.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ..media.audio import load_waveform, load_waveform_bytes

        data, path = self.file(name, where)
        try:
            if data is None:
                return load_waveform(path, max_seconds=max_seconds)
            return load_waveform_bytes(data, path, max_seconds=max_seconds)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None

    def video(self, name: Any, where: str) -> VideoClip:
        """Return a video, opened.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ..media.video import load_video, load_video_bytes

        data, path = self.file(name, where)
        try:
            return load_video(path) if data is None else load_video_bytes(data, path)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None


@dataclass(frozen=True)
class FolderMedia(Media):
    """Files in a folder.

    Attributes:
        folder: what names are relative to.
    """

    folder: Path

    def file(self, name: str, where: str) -> tuple[None, str]:
        """Return the path of a file."""
        return None, str(self.folder / name)


def without_padding(clip: Waveform, where: str, seconds: float) -> Waveform:
    """Return a clip without the silence that was put at its end, so that nothing counts it.

    Raises:
        DataError: if nothing would be left; opens with ``where``.
    """
    if seconds == 0:
        return clip
    left = int(clip.samples.shape[-1]) - round(seconds * clip.sample_rate_hz)
    if left < 1:
        raise DataError(
            f"{where}: {seconds:g} s of {clip.seconds:g} s are said to be padding; expected less "
            "than the clip. Correct the row's padding_s."
        )
    return clip.converted(clip.samples[..., :left], f"left out {seconds:.3f} s of padding")


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
