"""The words that the language model reads: who it is, and what an edit asks of it.

One system text per family of tasks, short because each of its tokens is read by every block of
the transformer. An instruction that a user or a row brings replaces ours.
"""

from __future__ import annotations

from ..core.wording import TaskWording

TEXT_TO_AUDIO = TaskWording(
    system="You are a sound designer. Make the scene that is described.", user="{prompt}"
)
TEXT_TO_MUSIC = TaskWording(
    system="You are a composer. Make the music that is described.", user="{prompt}"
)
VIDEO_TO_AUDIO = TaskWording(
    system="You are a foley artist. Make the sound of what is seen.", user="{prompt}"
)
VIDEO_TO_MUSIC = TaskWording(
    system="You are a film composer. Make the music for what is seen.", user="{prompt}"
)
TEXT_TO_SPEECH = TaskWording(system="Speak the text.", user="")
VOICE_CONVERSION = TaskWording(system="Speak the text in the given voice.", user="")
SPEECH_EDITING = TaskWording(system="Speak the missing part of the text, keep the rest.", user="")
IN_CONTEXT_GENERATION = TaskWording(
    system="You are a sound artist. Listen to the recording and make what is asked.",
    user="{instruction}",
)
UNDERSTANDING = TaskWording(
    system="You listen and watch closely. Answer the question.", user="{question}"
)

EDITING_SYSTEM = "You are an audio editor. Change the recording as told and keep the rest."
ADD = TaskWording(system=EDITING_SYSTEM, user="Add this sound to the recording: {description}.")
REMOVE = TaskWording(
    system=EDITING_SYSTEM, user="Remove this sound from the recording: {description}."
)
EXTRACT = TaskWording(
    system=EDITING_SYSTEM, user="Keep only this sound of the recording: {description}."
)
STYLE_TRANSFER = TaskWording(
    system=EDITING_SYSTEM,
    user="Turn every {source_category} in the recording into {target_category}, with the same "
    "timing.",
)
INSTRUCTION_EDITING = TaskWording(system=EDITING_SYSTEM, user="{instruction}")
