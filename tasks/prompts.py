"""The words that the language model reads: who it is, and what an edit asks of it.

One system text per family of tasks. An instruction that a user or a row brings replaces ours.
"""

from __future__ import annotations

TEXT_TO_AUDIO_SYSTEM = (
    "You are a sound designer. Read the description and imagine the scene as it would be "
    "recorded: every sound it names, their order, their loudness and the space around them."
)
TEXT_TO_MUSIC_SYSTEM = (
    "You are a composer and producer. Read the description and imagine the piece as it would be "
    "played: its instruments, tempo, mode, melody and mood."
)
EDITING_SYSTEM = (
    "You are an audio editor. A recording is given to you with an instruction. Carry out the "
    "instruction exactly and leave everything else in the recording as it is."
)

ADD = "Add this sound to the recording: {description}."
REMOVE = "Remove this sound from the recording: {description}."
EXTRACT = "Keep only this sound of the recording: {description}."
STYLE_TRANSFER = (
    "Turn every {source_category} in the recording into {target_category}, with the same timing."
)


def fill(template: str, **words: str) -> str:
    """Return a template with its fields filled; a final full stop is not doubled."""
    return template.format(**{name: word.strip().rstrip(".") for name, word in words.items()})
