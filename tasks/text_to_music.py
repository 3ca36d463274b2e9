"""Text to music."""

from __future__ import annotations

from .generation import TextGeneration
from .prompts import TEXT_TO_MUSIC


class TextToMusic(TextGeneration):
    """Makes a piece of music from a description."""

    name = "text_to_music"
    default_wording = TEXT_TO_MUSIC
    demo_prompt = "A slow piano melody in a minor key"
