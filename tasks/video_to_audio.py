"""Video to audio: the sound of what is seen."""

from __future__ import annotations

from .prompts import VIDEO_TO_AUDIO
from .watching import VideoGeneration


class VideoToAudio(VideoGeneration):
    """Makes the sound of what is seen."""

    name = "video_to_audio"
    default_wording = VIDEO_TO_AUDIO
