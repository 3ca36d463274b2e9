"""Registers the built-in tasks: generation, speech, questions, edits."""

from __future__ import annotations

from ..core.hookspecs import hookimpl
from ..core.payloads import PROMPT, REFERENCE_AUDIO, TRANSCRIPT, VIDEO
from ..core.specs import TaskSpec
from . import requests, speech_requests

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_tasks() -> list[TaskSpec]:
    """Return the tasks that make sound, music and speech, those that edit, the one that answers."""
    return [
        TaskSpec(
            name="text_to_audio",
            summary="Make a scene of sounds from a description.",
            factory=f"{_HERE}.text_to_audio:TextToAudio",
            request=requests.TextRequest,
            fills=(PROMPT,),
            aliases=("T2A",),
        ),
        TaskSpec(
            name="text_to_music",
            summary="Make a piece of music from a description.",
            factory=f"{_HERE}.text_to_music:TextToMusic",
            request=requests.TextRequest,
            fills=(PROMPT,),
            aliases=("T2M",),
        ),
        TaskSpec(
            name="video_to_audio",
            summary="Make the sound of what is seen in a video.",
            factory=f"{_HERE}.video_to_audio:VideoToAudio",
            request=requests.VideoRequest,
            fills=(PROMPT, VIDEO),
            aliases=("V2A",),
        ),
        TaskSpec(
            name="video_to_music",
            summary="Make music for a video.",
            factory=f"{_HERE}.video_to_music:VideoToMusic",
            request=requests.VideoRequest,
            fills=(PROMPT, VIDEO),
            aliases=("V2M",),
        ),
        TaskSpec(
            name="text_to_speech",
            summary="Speak a text, in a given voice if there is one.",
            factory=f"{_HERE}.text_to_speech:TextToSpeech",
            request=speech_requests.SpeechRequest,
            fills=(PROMPT, TRANSCRIPT, REFERENCE_AUDIO),
            aliases=("TTS",),
        ),
        TaskSpec(
            name="voice_conversion",
            summary="Say what is said in a recording with another voice.",
            factory=f"{_HERE}.voice_conversion:VoiceConversion",
            request=speech_requests.VoiceConversionRequest,
            fills=(PROMPT, TRANSCRIPT, REFERENCE_AUDIO),
            aliases=("VC",),
        ),
        TaskSpec(
            name="speech_editing",
            summary="Say something else in a part of a recording.",
            factory=f"{_HERE}.speech_editing:SpeechEditing",
            request=speech_requests.SpeechEditRequest,
            fills=(PROMPT, TRANSCRIPT, REFERENCE_AUDIO),
        ),
        TaskSpec(
            name="in_context_generation",
            summary="Make something new after the model of a recording.",
            factory=f"{_HERE}.in_context_generation:InContextGeneration",
            request=requests.InContextRequest,
            fills=(PROMPT,),
        ),
        TaskSpec(
            name="understanding",
            summary="Answer a question, about a recording or a video if one is given.",
            factory=f"{_HERE}.understanding:Understanding",
            request=requests.QuestionRequest,
            fills=(PROMPT,),
            output="text",
            default_metrics=("exact_match",),
        ),
        _edit("add", "Add", "Add a sound to a recording.", requests.AddRequest),
        _edit("remove", "Remove", "Remove a sound from a recording.", requests.RemoveRequest),
        _edit("extract", "Extract", "Keep one sound of a recording.", requests.ExtractRequest),
        _edit(
            "style_transfer",
            "Style Transfer",
            "Turn one kind of sound in a recording into another.",
            requests.StyleTransferRequest,
        ),
        _edit(
            "instruction_editing",
            "edit",
            "Change a recording as told, in words of one's own.",
            requests.InstructionEditRequest,
        ),
    ]


def _edit(name: str, alias: str, summary: str, request: type[requests.EditRequest]) -> TaskSpec:
    return TaskSpec(
        name=name,
        summary=summary,
        factory=f"{_HERE}.editing.{name}:{name.title().replace('_', '')}",
        request=request,
        fills=(PROMPT, REFERENCE_AUDIO),
        aliases=(alias,),
        default_metrics=("lsd",),
    )
