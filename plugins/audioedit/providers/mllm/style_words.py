"""A language model on this machine suggests sounds that could take a sound's place."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import normal_text
from ..contract import ProviderFailure, Refusal, StylePhrase, StyleWriter
from ..heard import AnswerStyles
from ..prompts import read_prompt
from ..styles import clean_styles
from .base import MllmProvider
from .config import MllmStyleWordsConfig


class MllmStyleWords(MllmProvider, StyleWriter):
    """Suggests style words."""

    config = MllmStyleWordsConfig
    options: MllmStyleWordsConfig

    def __init__(self, options: MllmStyleWordsConfig) -> None:
        """Keep the options and read the prompts; no model is loaded.

        Raises:
            ConfigError: if a prompt cannot be read.
        """
        super().__init__(options)
        slots = ("label", "count", "others")
        self.prompts["ask"] = read_prompt("style_v1", options.prompt, slots=slots)
        self.prompts["form"] = read_prompt("form_styles_v1")

    def suggest(
        self, label: str, count: int, avoid: Sequence[str], seed: int
    ) -> tuple[StylePhrase, ...] | Refusal:
        """Return up to ``count`` phrases; ``seed`` counts where the likeliest are no JSON.

        Raises:
            ProviderFailure: if three answers were no JSON in form.
        """
        from .....core.payloads import Prompt

        words = self.prompts["ask"].filled(
            label=normal_text(label),
            count=str(count),
            others=", ".join(sorted(map(normal_text, avoid))) or "nothing else",
        )
        question = Prompt(f"{words}\n{self.prompts['form'].filled()}")
        (answer,) = self.ask([question], AnswerStyles, [seed])
        if isinstance(answer, ProviderFailure):
            raise answer
        return clean_styles(answer, label=label, count=count, avoid=avoid)
