"""Gemini suggests sounds that could take a sound's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...records import normal_text
from ..contract import Refusal, StylePhrase, StyleWriter
from ..heard import AnswerStyles
from ..prompts import read_prompt
from ..styles import clean_styles
from .base import GeminiProvider
from .config import GeminiStyleWordsConfig


class GeminiStyleWords(GeminiProvider, StyleWriter):
    """Suggests style words."""

    config = GeminiStyleWordsConfig
    options: GeminiStyleWordsConfig

    def __init__(self, options: GeminiStyleWordsConfig) -> None:
        """Keep the options and read the prompts; nothing is sent.

        Raises:
            ConfigError: if a prompt cannot be read.
        """
        super().__init__(options)
        self.prompts["ask"] = read_prompt(
            "style_v1", options.prompt, slots=("label", "count", "others")
        )

    def suggest(
        self, label: str, count: int, avoid: Sequence[str], seed: int
    ) -> tuple[StylePhrase, ...] | Refusal:
        """Return up to ``count`` phrases; ``seed`` is sent along in place of the options' seed.

        Raises:
            ProviderFailure, StopRun: as `Asking.ask`.
        """
        words = self.prompts["ask"].filled(
            label=normal_text(label),
            count=str(count),
            others=", ".join(sorted(map(normal_text, avoid))) or "nothing else",
        )
        question = self.asking.question(words, AnswerStyles)
        question = replace(question, settings={**question.settings, "seed": seed % 2**31})
        said = self.asking.ask(question, AnswerStyles, None)
        if isinstance(said, Refusal):
            return said
        return clean_styles(said[0], label=label, count=count, avoid=avoid)
