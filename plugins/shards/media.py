"""Opens members of shards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.errors import DataError, MediaError
from .index import Member

if TYPE_CHECKING:
    from ...core.media.video_file import VideoClip
    from ...core.media.waveform import Waveform


class ShardMedia:
    """Reads a member's bytes and decodes them; nothing is unpacked to the disk."""

    def audio(self, name: Member, where: str, max_seconds: float) -> Waveform:
        """Return a decoded clip; of a video, its sound.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ...core.media.audio import load_waveform_bytes

        data = name.read(where)
        try:
            return load_waveform_bytes(data, str(name), max_seconds=max_seconds)
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None

    def video(self, name: Member, where: str) -> VideoClip:
        """Return a video, opened.

        Raises:
            DataError: if it cannot be read; opens with ``where``.
        """
        from ...core.media.video import load_video_bytes

        data = name.read(where)
        try:
            return load_video_bytes(data, str(name))
        except MediaError as failure:
            raise DataError(f"{where}: {failure}") from None
