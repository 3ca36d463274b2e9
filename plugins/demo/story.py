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
