"""Video to music: the music for what is seen."""

from __future__ import annotations

from .prompts import VIDEO_TO_MUSIC
from .watching import VideoGeneration


class VideoToMusic(VideoGeneration):
    """Makes the music for what is seen."""

    name = "video_to_music"
    default_wording = VIDEO_TO_MUSIC
