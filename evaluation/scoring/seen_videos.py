"""Which video each clip was made for, and what is in its file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import MediaError
from ...core.media.video_file import VideoClip, load_video
from ...core.payloads import VIDEO
from .clip_set import VIDEOS, ClipFile, ClipSet
from .pairing import Row
from .screening import file_digest


@dataclass(frozen=True)
class SeenVideo:
    """A video as it is watched: from its beginning.

    Attributes:
        path: the file.
        digest: SHA-256 of its bytes; empty if it cannot be read.
        problem: why it cannot be.
    """

    path: Path
    digest: str = ""
    problem: str = ""

    @property
    def key(self) -> str:
        """Return the digest of its content.

        Raises:
            MediaError: if it cannot be read.
        """
        if self.problem:
            raise MediaError(self.problem)
        return self.digest

    def load(self) -> VideoClip:
        """Return the video, opened.

        Raises:
            MediaError: if it cannot be decoded.
        """
        return load_video(self.path)


def video_of(row: Row, videos: ClipSet | None) -> Path | None:
    """Return the video that a row's clip was made for, or nothing.

    It is that of the row's or the clip's id in ``videos``; or that which a table names; or the
    file of the reference or of the clip itself, where that holds pictures.
    """
    if videos is not None:
        made = row.generated.id if row.generated is not None else row.id
        found = videos.clips.get(row.id) or videos.clips.get(made)
        if found is not None:
            return found.path
    return row.video or _with_pictures(row.reference) or _with_pictures(row.generated)


def look_at_videos(rows: Iterable[Row], videos: ClipSet | None) -> dict[str, SeenVideo]:
    """Return the videos by row; each file is read once, and one that cannot be is told later."""
    named = {row.id: video_of(row, videos) for row in rows if row.generated is not None}
    files = {path: _look(path) for path in set(named.values()) if path is not None}
    return {row: files[path] for row, path in named.items() if path is not None}


def are_by_reference(generated: ClipSet, reference: ClipSet | None) -> bool:
    """Tell whether the videos of some clips are known by their references alone."""
    return (
        reference is not None
        and any(_has_video(clip) for clip in reference.clips.values())
        and not all(_has_video(clip) for clip in generated.clips.values())
    )


def _has_video(clip: ClipFile) -> bool:
    return bool(clip.fields.get(VIDEO) or _with_pictures(clip))


def _with_pictures(clip: ClipFile | None) -> Path | None:
    return clip.path if clip is not None and clip.path.suffix.lower() in VIDEOS else None


def _look(path: Path) -> SeenVideo:
    try:
        return SeenVideo(path, file_digest(path, "video"))
    except MediaError as failure:
        return SeenVideo(path, problem=str(failure))
