"""Text to audio: scenes of everyday sounds."""

from __future__ import annotations

from .generation import TextGeneration
from .prompts import TEXT_TO_AUDIO


class TextToAudio(TextGeneration):
    """Makes a scene of sounds from a description."""

    name = "text_to_audio"
    default_wording = TEXT_TO_AUDIO
    demo_prompt = "A dog barks twice while rain falls on a tin roof"
