"""The words of the demo page: what is asked, and what to listen for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TaskWords:
    """How the page speaks of a task."""

    title: str
    explanation: str
    listen_for: str
    target_title: str = "Exact answer"


WORDS: Mapping[str, TaskWords] = {
    "text_to_audio": TaskWords(
        "Sound from words",
        "The model reads a caption and makes the scene: one to three events over a background.",
        "Is the event you read the event you hear, and does it start when the words say so?",
        "A real rendering of the caption",
    ),
    "text_to_music": TaskWords(
        "Music from words",
        "The caption names instrument, tempo and mode of a short melody.",
        "The instrument's timbre and the pace of the notes; the melody itself is free.",
        "A real rendering of the caption",
    ),
    "video_to_audio": TaskWords(
        "Sound for a video",
        "The model sees a silent clip in which something hits, opens or sweeps.",
        "Does each sound come when the eye sees it, and is it the right one?",
    ),
    "video_to_music": TaskWords(
        "Music for a video",
        "The model sees a scene with a mood and a beat.",
        "The mood of the scene in the key, its pace in the notes.",
        "The melody that the scene dances to",
    ),
    "text_to_speech": TaskWords(
        "Speech from text",
        "The model reads a sentence aloud, in the voice of a recording if there is one.",
        "Every word, in order; with a recording, the same voice.",
        "The sentence by the world's own voice",
    ),
    "voice_conversion": TaskWords(
        "Change a voice",
        "The model says what one speaker says with the voice of another.",
        "The words and the pace of the source, the voice of the recording.",
    ),
    "speech_editing": TaskWords(
        "Edit speech",
        "One word of a recording is said anew; the rest is heard by the model and stays.",
        "The new word in the same voice, and no seam.",
    ),
    "in_context_generation": TaskWords(
        "Music after a recording",
        "The model hears an instrument and plays something else on it.",
        "The instrument of the recording, in the tempo and the mode asked for.",
        "Another melody on the same instrument",
    ),
    "instruction_editing": TaskWords(
        "Edit by any words",
        "The model hears a clip and reads an instruction that names no kind of edit.",
        "Whether it did what the words say, and no more.",
    ),
    "understanding": TaskWords(
        "Answer a question",
        "The language model hears or sees a clip and answers in words.",
        "",
    ),
    "add": TaskWords(
        "Add a sound",
        "The model hears a clip and an instruction, and makes the clip with one more event in it.",
        "The new event should stand beside the old ones, which stay where they were.",
    ),
    "remove": TaskWords(
        "Remove a sound",
        "The model hears a clip and makes it again without the named event.",
        "A gap where the event was, filled by the background.",
    ),
    "extract": TaskWords(
        "Extract a sound",
        "The model hears a clip and keeps the named event alone.",
        "The event in its place, and silence around it.",
    ),
    "style_transfer": TaskWords(
        "Change a sound's timbre",
        "The model keeps onsets, pitch and loudness, and changes what makes the sound.",
        "The same rhythm and notes, played by something else.",
    ),
}


def words_for(task: str) -> TaskWords:
    """Return the words of a task, plain ones for a task that the page does not know."""
    return WORDS.get(task) or TaskWords(task.replace("_", " ").capitalize(), "", "")
