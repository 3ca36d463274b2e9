"""A language model on this machine hears a clip and names what sounds in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..contract import Clip, Labels, ProviderFailure, Refusal
from ..heard import AnswerLabels
from ..labels import clean_labels
from ..prompted import PromptedLabeler
from .base import MllmProvider
from .config import MllmLabelerConfig

if TYPE_CHECKING:
    from .....core.payloads import Prompt as Question


class MllmLabeler(MllmProvider, PromptedLabeler):
    """Names the sources of clips."""

    config = MllmLabelerConfig
    options: MllmLabelerConfig
    form = "form_labels_v1"

    @property
    def together(self) -> int:
        """Return how many clips are heard side by side."""
        return self.options.together

    def label(self, clip: Clip) -> Labels | Refusal:
        """Return what is heard.

        Raises:
            ProviderFailure: if three answers were no JSON in form, or the clip is too long.
        """
        (heard,) = self.label_many([clip])
        if isinstance(heard, ProviderFailure):
            raise heard
        return heard

    def label_many(self, clips: Sequence[Clip]) -> list[Labels | Refusal | ProviderFailure]:
        """Return what is heard in each clip; clips of one length are heard side by side."""
        answers = self.ask(
            [self.question(clip) for clip in clips],
            AnswerLabels,
            [int(hashlib.sha256(clip.sha256.encode()).hexdigest()[:8], 16) for clip in clips],
        )
        return [
            answer if isinstance(answer, ProviderFailure) else self._labels(answer, clip)
            for answer, clip in zip(answers, clips, strict=True)
        ]

    def question(self, clip: Clip) -> Question:
        """Return what is asked of a clip, with the clip."""
        import torch

        from .....core.media.audio import Waveform
        from .....core.payloads import Prompt

        sound = Waveform(torch.from_numpy(clip.samples.copy())[None], clip.sample_rate_hz)
        return Prompt(self.in_form(self.words(clip)), audio=sound)

    def _labels(self, answer: AnswerLabels, clip: Clip) -> Labels:
        seconds = len(clip.samples) / clip.sample_rate_hz
        return clean_labels(answer, seconds=seconds, keep=self.options.keep)
