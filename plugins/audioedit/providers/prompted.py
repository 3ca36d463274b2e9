"""What providers have in common that put a wording to a language model, wherever that runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from ..records import normal_text
from .contract import Clip, Labeler, Paraphraser, Provider, StyleWriter, WordingBrief
from .prompted_config import (
    PromptedLabelerConfig,
    PromptedStyleWordsConfig,
    PromptedWordingsConfig,
)
from .prompts import Prompt, joint_hash, read_prompt


class Prompted(Provider):
    """Asks a model in words, and has it repair an answer that is no JSON in form."""

    def __init__(self, options: BaseModel) -> None:
        """Keep the options and read the prompts; nothing is sent, and no model is loaded."""
        super().__init__(options)
        self.prompts: dict[str, Prompt] = {
            "repair": read_prompt("repair_v1", slots=("answer", "problem"))
        }

    def facts(self) -> list[Any]:
        """Return what changes its output, the prompts among it."""
        return [*super().facts(), joint_hash(self.prompts)]


class PromptedLabeler(Prompted, Labeler):
    """Asks what sounds in a clip."""

    options: PromptedLabelerConfig

    def __init__(self, options: PromptedLabelerConfig) -> None:
        """Keep the options and read the prompts; nothing is sent, and no model is loaded.

        Raises:
            ConfigError: if a prompt cannot be read.
        """
        super().__init__(options)
        self.prompts["ask"] = read_prompt("label_v1", options.prompt, slots=("hint",))
        self.prompts["hint"] = read_prompt("hint_v1", slots=("class",))

    def words(self, clip: Clip) -> str:
        """Return what is asked about a clip, with the class that its row gives if wanted."""
        filed, hint = clip.facts.get(self.options.hint_field), ""
        if self.options.hint == "class" and isinstance(filed, str) and filed.strip():
            hint = "\n" + self.prompts["hint"].filled(**{"class": normal_text(filed)})
        return self.prompts["ask"].filled(hint=hint)


class PromptedStyleWriter(Prompted, StyleWriter):
    """Asks for sounds that could take a sound's place."""

    options: PromptedStyleWordsConfig

    def __init__(self, options: PromptedStyleWordsConfig) -> None:
        """Keep the options and read the prompts; nothing is sent, and no model is loaded.

        Raises:
            ConfigError: if a prompt cannot be read.
        """
        super().__init__(options)
        slots = ("label", "count", "others")
        self.prompts["ask"] = read_prompt("style_v1", options.prompt, slots=slots)

    def words(self, label: str, count: int, avoid: Sequence[str]) -> str:
        """Return what is asked about a sound, which none of the others may be named in place of."""
        return self.prompts["ask"].filled(
            label=normal_text(label),
            count=str(count),
            others=", ".join(sorted(map(normal_text, avoid))) or "nothing else",
        )


class PromptedParaphraser(Prompted, Paraphraser):
    """Asks for further wordings of an edit."""

    options: PromptedWordingsConfig

    def __init__(self, options: PromptedWordingsConfig) -> None:
        """Keep the options and read the prompts; nothing is sent, and no model is loaded.

        Raises:
            ConfigError: if a prompt cannot be read.
        """
        super().__init__(options)
        slots = ("edit", "language", "slots", "known", "count")
        self.prompts["ask"] = read_prompt("wordings_v1", options.prompt, slots=slots)

    def words(self, brief: WordingBrief, count: int) -> str:
        """Return what is asked."""
        return self.prompts["ask"].filled(
            edit=brief.edit,
            language=brief.language,
            slots="\n".join(f"{slot}: {example}" for slot, example in brief.slots.items()),
            known="\n".join(brief.known) or "none yet",
            count=str(count),
        )
