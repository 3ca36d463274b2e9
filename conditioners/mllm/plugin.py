"""Registers the conditioners that read prompts with a multimodal language model."""

from __future__ import annotations

from ...core.hookspecs import hookimpl
from ...core.payloads import PROMPT
from ...core.specs import ConditionerSpec, Injection
from .config import MllmConfig, MllmWindowConfig

_HERE = __name__.rpartition(".")[0]


@hookimpl
def register_conditioners() -> list[ConditionerSpec]:
    """Return the conditioners that read prompts with a frozen Qwen2.5-Omni thinker."""
    return [
        ConditionerSpec(
            name="mllm",
            summary="Hidden states of a frozen Qwen2.5-Omni that reads, hears and sees the prompt.",
            factory=f"{_HERE}.conditioner:MllmConditioner",
            config=MllmConfig,
            reads=PROMPT,
            injection=Injection.CONTEXT,
            frozen=True,
        ),
        ConditionerSpec(
            name="mllm_window",
            summary="The same hidden states, at most a fixed number, as the published model reads.",
            factory=f"{_HERE}.window:MllmWindow",
            config=MllmWindowConfig,
            reads=PROMPT,
            injection=Injection.CONTEXT,
            frozen=True,
        ),
    ]
