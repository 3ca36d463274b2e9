"""The words around a prompt: ChatML, as Qwen2.5-Omni was trained on."""

from __future__ import annotations

from typing import Any

from ...core.errors import RequestError
from ...core.payloads import Prompt

TURN_END = "<|im_end|>"
AUDIO_MARK = "<|audio_bos|><|AUDIO|><|audio_eos|>"
VIDEO_MARK = "<|vision_bos|><|VIDEO|><|vision_eos|>"
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'video' %}" + VIDEO_MARK + "{% elif part['type'] == 'audio' %}"
    "" + AUDIO_MARK + "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""The conversation as a local thinker's processor writes it; a published one brings its own."""


def chat_text(prompt: Prompt) -> str:
    """Return the conversation up to where the assistant begins to answer.

    Audio and video follow the user's words, each as one placeholder that the processor expands.
    """
    user = prompt.text
    if prompt.video is not None:
        user += "\n" + VIDEO_MARK
    if prompt.audio is not None:
        user += AUDIO_MARK
    system = "" if prompt.system is None else f"<|im_start|>system\n{prompt.system}<|im_end|>\n"
    return f"{system}<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"


def question_messages(prompt: Prompt) -> list[dict[str, Any]]:
    """Return the conversation of a question for a chat template: video, audio, then the words."""
    content: list[dict[str, Any]] = []
    if prompt.video is not None:
        content.append({"type": "video"})
    if prompt.audio is not None and not prompt.audio_of_video:
        content.append({"type": "audio"})
    content.append({"type": "text", "text": prompt.text})
    system = [] if prompt.system is None else [_turn("system", prompt.system)]
    return [*system, {"role": "user", "content": content}]


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def refuse_control_tokens(prompt: Prompt, tokenizer: Any) -> None:
    """Raise RequestError if a prompt's words would be read as marks of the conversation."""
    for token in tokenizer.all_special_tokens:
        if token in prompt.text or token in (prompt.system or ""):
            raise RequestError(
                f"The prompt contains {token!r}, a control token of the language model; expected "
                "plain words. Leave it out."
            )
