"""A language model on this machine writes further wordings of an edit."""

from __future__ import annotations

import datetime

from ..contract import ProviderFailure, Refusal, WordingBrief, Written
from ..heard import AnswerWordings
from ..prompted import PromptedParaphraser
from .base import MllmProvider
from .config import MllmParaphraserConfig


class MllmParaphraser(MllmProvider, PromptedParaphraser):
    """Writes wordings."""

    config = MllmParaphraserConfig
    options: MllmParaphraserConfig
    form = "form_wordings_v1"

    def write(self, brief: WordingBrief, count: int, seed: int) -> Written | Refusal:
        """Return about ``count`` wordings; ``seed`` counts where the likeliest are no JSON.

        Raises:
            ProviderFailure: if three answers were no JSON in form.
        """
        from .....core.payloads import Prompt

        question = Prompt(self.in_form(self.words(brief, count)))
        (answer,) = self.ask([question], AnswerWordings, [seed])
        if isinstance(answer, ProviderFailure):
            raise answer
        model = self.options.model.get("model") or self.options.conditioner
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        return Written(tuple(answer.wordings), str(model), today)
