"""What stands behind the colon → the locator."""

from __future__ import annotations

from typing import Any

from .answers import Descriptions, Questions, Requests, Translations, VideoQuestions
from .base import Locator
from .edits import Add, Extract, Remove
from .in_context import InContext
from .melodies import Music, StyleTransfer
from .parts import Backgrounds, Events
from .scenes import Sounds
from .speech import Speech, SpeechEditing, VoiceConversion, VoicePrompt
from .videos import Impacts, Scenes

LOCATORS: dict[str, Locator[Any]] = {
    "sounds": Sounds(),
    "music": Music(),
    "add": Add(),
    "remove": Remove(),
    "extract": Extract(),
    "style_transfer": StyleTransfer(),
    "speech": Speech(),
    "voice_prompt": VoicePrompt(),
    "voice_conversion": VoiceConversion(),
    "speech_editing": SpeechEditing(),
    "in_context": InContext(),
    "impacts": Impacts(),
    "scenes": Scenes(),
    "questions": Questions(),
    "video_questions": VideoQuestions(),
    "translations": Translations(),
    "descriptions": Descriptions(),
    "requests": Requests(),
    "events": Events(),
    "backgrounds": Backgrounds(),
}
"""Each has a random stream of the same name in `plan.STREAMS`."""

TRANSLATED = ("sounds", "music")
"""Locators whose captions come in every language of `languages`."""
