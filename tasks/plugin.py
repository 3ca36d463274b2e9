"""Registers the tasks that make audio from words, and the edits."""

from __future__ import annotations

from ..core.hookspecs import hookimpl
from ..core.payloads import PROMPT, REFERENCE_AUDIO
from ..core.specs import TaskSpec
from . import requests

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_tasks() -> list[TaskSpec]:
    """Return two generation tasks and four edits."""
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
        _edit("add", "Add", "Add a sound to a recording.", requests.AddRequest),
        _edit("remove", "Remove", "Remove a sound from a recording.", requests.RemoveRequest),
        _edit("extract", "Extract", "Keep one sound of a recording.", requests.ExtractRequest),
        _edit(
            "style_transfer",
            "Style Transfer",
            "Turn one kind of sound in a recording into another.",
            requests.StyleTransferRequest,
        ),
    ]


def _edit(name: str, alias: str, summary: str, request: type[requests.EditRequest]) -> TaskSpec:
    return TaskSpec(
        name=name,
        summary=summary,
        factory=f"{_HERE}.editing.{name}:{alias.replace(' ', '')}",
        request=request,
        fills=(PROMPT, REFERENCE_AUDIO),
        aliases=(alias,),
        default_metrics=("lsd",),
    )
