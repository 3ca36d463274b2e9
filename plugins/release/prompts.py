"""The sentences around a request, as the published model was trained to read them.

The sentences themselves come from the user's copy of the release (see `assets`).
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from pathlib import Path

from ...core.catalog import Catalog
from ...core.media.video import VideoClip
from ...core.payloads import Prompt
from ...core.wording import TaskWording
from .goldens.parts import module_beside

TASKS = {
    "T2A": "text_to_audio",
    "T2M": "text_to_music",
    "V2A": "video_to_audio",
    "V2M": "video_to_music",
    "TTS": "text_to_speech",
    "Add": "add",
    "Remove": "remove",
    "Extract": "extract",
    "Style Transfer": "style_transfer",
}
"""The release's names of tasks, and ours."""

SYSTEMS = {
    "text_to_audio": "SYSTEM_T2A",
    "text_to_music": "SYSTEM_T2M",
    "video_to_audio": "SYSTEM_V2A",
    "video_to_music": "SYSTEM_V2M",
    "text_to_speech": "SYSTEM_TTS",
    "voice_conversion": "SYSTEM_TTS",  # the release has no call for it: it is speech like any other
    "speech_editing": "SYSTEM_TTS",
    "add": "SYSTEM_EDITING",
    "remove": "SYSTEM_EDITING",
    "extract": "SYSTEM_EDITING",
    "style_transfer": "SYSTEM_EDITING",
    "instruction_editing": "SYSTEM_EDITING",
    "understanding": "SYSTEM_UNDERSTANDING",
}
USERS = {
    "text_to_audio": "{prompt}.",  # also behind a full stop
    "text_to_music": "{prompt}.",
    "video_to_audio": "{prompt}",
    "video_to_music": "{prompt}",
    "text_to_speech": "",  # the language model never reads the transcript
    "voice_conversion": "",
    "speech_editing": "",
    "instruction_editing": "{instruction}",
    "understanding": "{question}",
}
TEMPLATES = {
    "add": "EDITING_ADD",
    "remove": "EDITING_REMOVE",
    "extract": "EDITING_EXTRACT",
    "style_transfer": "EDITING_STYLE",
}
FIELDS = {"desc": "description", "source": "source_category", "target": "target_category"}
"""Fields of the release's templates, and those of our requests."""

WATCHING = ("video_to_audio", "video_to_music")
ANY_CLIP = VideoClip(path=Path("clip.mp4"), seconds=10.0, fps=25.0, frames=250)
"""Stands for a video where only the words around it matter."""


def release_wording(constants: Mapping[str, str]) -> dict[str, TaskWording]:
    """Return the wording of every task that the published model knows.

    Args:
        constants: the release's sentences by name, as `assets.find_assets` reads them.
    """
    wording = {}
    for task, system in SYSTEMS.items():
        template = TEMPLATES.get(task)
        wording[task] = TaskWording(
            system=constants[system],
            user=USERS[task] if template is None else rename_fields(constants[template], FIELDS),
            verbatim=True,
            voice_join="full_stop",
        )
    return wording


def chat_string(
    catalog: Catalog, wording: Mapping[str, TaskWording], task: str, **words: str | None
) -> str:
    """Return the whole conversation that the language model reads for a request.

    Args:
        catalog: the plugin host; its ``mllm`` puts the marks of the conversation.
        wording: by our names of tasks.
        task: our name of one.
        words: the fields of its template; absent ones are empty.
    """
    sentences = wording[task]
    fields = [name for _, name, _, _ in string.Formatter().parse(sentences.user) if name]
    text = sentences.fill(**{name: words.get(name) for name in fields})
    video = ANY_CLIP if task in WATCHING else None
    chat = module_beside(catalog.conditioners, "mllm", "chat")
    found: str = chat.chat_text(Prompt(text=text, system=sentences.system, video=video))
    return found


def rename_fields(template: str, names: Mapping[str, str]) -> str:
    """Return a `str.format` template with other field names; literal braces stay literal."""
    parts = []
    for literal, field, spec, conversion in string.Formatter().parse(template):
        parts.append(literal.replace("{", "{{").replace("}", "}}"))
        if field is not None:
            suffix = f"!{conversion}" if conversion else ""
            suffix += f":{spec}" if spec else ""
            parts.append(f"{{{names.get(field, field)}{suffix}}}")
    return "".join(parts)
