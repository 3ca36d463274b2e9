"""Gemini suggests sounds that could take a sound's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..contract import Refusal, StylePhrase
from ..heard import AnswerStyles
from ..prompted import PromptedStyleWriter
from ..styles import clean_styles
from .base import GeminiProvider
from .config import GeminiStyleWordsConfig


class GeminiStyleWords(GeminiProvider, PromptedStyleWriter):
    """Suggests style words."""

    config = GeminiStyleWordsConfig
    options: GeminiStyleWordsConfig
    asks_for = "style_words"

    def suggest(
        self, label: str, count: int, avoid: Sequence[str], seed: int
    ) -> tuple[StylePhrase, ...] | Refusal:
        """Return up to ``count`` phrases; ``seed`` is sent along in place of the options' seed.

        Raises:
            ProviderFailure, StopRun: as `Asking.ask`.
        """
        question = self.asking.question(self.words(label, count, avoid), AnswerStyles)
        question = replace(question, settings={**question.settings, "seed": seed % 2**31})
        said = self.asking.ask(question, AnswerStyles, None)
        if isinstance(said, Refusal):
            return said
        heard, answer = said
        by = {"asked": f"{answer.model or self.options.model}, {answer.day}"}
        words = clean_styles(heard, label=label, count=count, avoid=avoid)
        return tuple(word.model_copy(update=by) for word in words)
