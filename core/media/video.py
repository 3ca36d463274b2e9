"""Everything about video files in one import: open and check, sample frames."""

from __future__ import annotations

from .frames import Timing, sample_frames, sampling_notes
from .video_file import VideoClip, as_video, load_video

__all__ = [
    "Timing",
    "VideoClip",
    "as_video",
    "load_video",
    "sample_frames",
    "sampling_notes",
]
