"""Everything about videos in one import: open and check, sample frames, tell whether they move."""

from __future__ import annotations

from .frames import Timing, sample_frames, sampling_notes
from .motion import STANDS_STILL, frames_move, moves
from .video_file import VideoClip, as_video, load_video, load_video_bytes

__all__ = [
    "STANDS_STILL",
    "Timing",
    "VideoClip",
    "as_video",
    "frames_move",
    "load_video",
    "load_video_bytes",
    "moves",
    "sample_frames",
    "sampling_notes",
]
