"""Text to audio: scenes of everyday sounds."""

from __future__ import annotations

from .generation import TextGeneration
from .prompts import TEXT_TO_AUDIO_SYSTEM


class TextToAudio(TextGeneration):
    """Makes a scene of sounds from a description."""

    name = "text_to_audio"
    system = TEXT_TO_AUDIO_SYSTEM
    demo_prompt = "A dog barks twice while rain falls on a tin roof"
