"""What a video holds, as a digest; nothing of it is decoded."""

from __future__ import annotations

from hashlib import file_digest

from ..data.content import content_digest
from .video_file import VideoClip


def video_digest(clip: VideoClip) -> str:
    """Return 32 hexadecimal digits over a video's bytes (or frames), and its bounds.

    Raises:
        OSError: if its file can no longer be read.
    """
    if clip.pixels is not None:
        content = content_digest([clip.pixels, clip.fps])
    elif clip.data is not None:
        content = content_digest(clip.data)
    else:
        with clip.path.open("rb") as file:
            content = file_digest(file, "sha256").hexdigest()
    return content_digest([content, clip.start_seconds, clip.seconds])
