"""Gemini writes further wordings of an edit."""

from __future__ import annotations

from dataclasses import replace

from ...words.checking import LONGEST_LETTERS
from ..contract import Refusal, Spent, WordingBrief, Written
from ..heard import AnswerWordings
from ..prompted import PromptedParaphraser
from .answer_cache import Question
from .base import GeminiProvider
from .config import GeminiParaphraserConfig

_MOST_KNOWN, _LETTERS_BESIDE = 100, 1000
"""Wordings that a question names at most, and letters of its edit and slots, for the estimate."""


class GeminiParaphraser(GeminiProvider, PromptedParaphraser):
    """Writes wordings."""

    config = GeminiParaphraserConfig
    asks_for = "paraphrase"
    options: GeminiParaphraserConfig

    def write(self, brief: WordingBrief, count: int, seed: int) -> Written | Refusal:
        """Return about ``count`` wordings; ``seed`` is sent along in place of the options' seed.

        Raises:
            ProviderFailure, StopRun: as `Asking.ask`.
        """
        question = self._question(brief, count, seed)
        said = self.asking.ask(question, AnswerWordings, None)
        if isinstance(said, Refusal):
            return said
        answered, answer = said
        return Written(tuple(answered.wordings), answer.model, answer.day)

    def estimate(self, items: int, seconds: float) -> Spent:
        """Return what so many questions cost at most; no sound goes with them."""
        del seconds
        known = ("x" * LONGEST_LETTERS,) * _MOST_KNOWN
        brief = WordingBrief("x" * _LETTERS_BESIDE, "", {}, known)
        most = self.asking.most(self._question(brief, 1, 0), 0.0)
        return Spent(items, items * most.tokens, items * self.asking.spending.usd(most))

    def _question(self, brief: WordingBrief, count: int, seed: int) -> Question:
        question = self.asking.question(self.words(brief, count), AnswerWordings)
        return replace(question, settings={**question.settings, "seed": seed % 2**31})
