"""The words that the language model reads: who it is, and what an edit asks of it.

One system text per family of tasks, short because each of its tokens is read by every block of
the transformer. An instruction that a user or a row brings replaces ours.
"""

from __future__ import annotations

TEXT_TO_AUDIO_SYSTEM = "You are a sound designer. Make the scene that is described."
TEXT_TO_MUSIC_SYSTEM = "You are a composer. Make the music that is described."
EDITING_SYSTEM = "You are an audio editor. Change the recording as told and keep the rest."

ADD = "Add this sound to the recording: {description}."
REMOVE = "Remove this sound from the recording: {description}."
EXTRACT = "Keep only this sound of the recording: {description}."
STYLE_TRANSFER = (
    "Turn every {source_category} in the recording into {target_category}, with the same timing."
)


def fill(template: str, **words: str) -> str:
    """Return a template with its fields filled; a final full stop is not doubled."""
    return template.format(**{name: word.strip().rstrip(".") for name, word in words.items()})
