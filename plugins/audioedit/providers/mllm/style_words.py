"""A language model on this machine suggests sounds that could take a sound's place."""

from __future__ import annotations

from collections.abc import Sequence

from ..contract import ProviderFailure, Refusal, StylePhrase
from ..heard import AnswerStyles
from ..prompted import PromptedStyleWriter
from ..styles import clean_styles
from .base import MllmProvider
from .config import MllmStyleWordsConfig


class MllmStyleWords(MllmProvider, PromptedStyleWriter):
    """Suggests style words."""

    config = MllmStyleWordsConfig
    options: MllmStyleWordsConfig
    form = "form_styles_v1"

    def suggest(
        self, label: str, count: int, avoid: Sequence[str], seed: int
    ) -> tuple[StylePhrase, ...] | Refusal:
        """Return up to ``count`` phrases; ``seed`` counts where the likeliest are no JSON.

        Raises:
            ProviderFailure: if three answers were no JSON in form.
        """
        from .....core.payloads import Prompt

        question = Prompt(self.in_form(self.words(label, count, avoid)))
        (answer,) = self.ask([question], AnswerStyles, [seed])
        if isinstance(answer, ProviderFailure):
            raise answer
        return clean_styles(answer, label=label, count=count, avoid=avoid)
