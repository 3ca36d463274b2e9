"""Gemini hears a clip and names what sounds in it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from ..activity import resampled
from ..contract import Clip, Labels, ProviderFailure, Refusal, Spent
from ..heard import AnswerLabels
from ..labels import clean_labels
from ..prompted import PromptedLabeler
from .answer_cache import Question
from .base import GeminiProvider
from .batch import fetch
from .config import GeminiLabelerConfig

SOUND_HZ = 16000
"""The service hears at 16 kHz, mono."""
JOB_CLIPS = 1024
_SENT = "flac16k.v1"


class GeminiLabeler(GeminiProvider, PromptedLabeler):
    """Names the sources of clips."""

    config = GeminiLabelerConfig
    options: GeminiLabelerConfig
    asks_for = "label"

    @property
    def together(self) -> int:
        """Return how many clips are asked for at a time: a job holds as many as a part."""
        return JOB_CLIPS if self.options.mode == "batch" else 4 * self.options.together

    def label(self, clip: Clip) -> Labels | Refusal:
        """Return what is heard, or that the service will not say.

        Raises:
            ProviderFailure, StopRun: as `Asking.ask`.
        """
        seconds = seconds_of(clip)
        question = self.question(clip)
        said = self.asking.ask(question, AnswerLabels, partial(flac, clip), seconds)
        if isinstance(said, Refusal):
            return said
        heard, answer = said
        labels = clean_labels(heard, seconds=seconds, keep=self.options.keep)
        model = answer.model or self.options.model
        return labels.model_copy(update={"asked": f"{model}, {answer.day}"})

    def label_many(self, clips: Sequence[Clip]) -> list[Labels | Refusal | ProviderFailure]:
        """Return what is heard in each clip, several asked at a time.

        Raises:
            StopRun: as `label`; answers that came until then are kept.
        """
        if self.options.mode == "batch":
            asked = [(self.question(c), partial(flac, c), seconds_of(c)) for c in clips]
            fetch(self.asking, asked, wait_s=self.options.batch_wait_s)
        with ThreadPoolExecutor(self.options.together) as threads:
            return list(threads.map(self._label_or_failure, clips))

    def estimate(self, items: int, seconds: float) -> Spent:
        """Return what so many clips of so many seconds each cost at most."""
        silence = np.zeros(1, np.float32)
        most = self.asking.most(self.question(Clip("", silence, SOUND_HZ, "")), seconds)
        return Spent(items, items * most.tokens, items * self.asking.spending.usd(most))

    def question(self, clip: Clip) -> Question:
        """Return what is asked of a clip."""
        return self.asking.question(self.words(clip), AnswerLabels, f"{_SENT} {clip.sha256}")

    def _label_or_failure(self, clip: Clip) -> Labels | Refusal | ProviderFailure:
        try:
            return self.label(clip)
        except ProviderFailure as failure:
            return failure


def seconds_of(clip: Clip) -> float:
    """Return a clip's length."""
    return len(clip.samples) / clip.sample_rate_hz


def flac(clip: Clip) -> bytes:
    """Return a clip as a FLAC file at the rate that the service hears, 16 bits."""
    import soundfile

    buffer = io.BytesIO()
    samples = np.clip(resampled(clip.samples, clip.sample_rate_hz, SOUND_HZ), -1, 1)
    soundfile.write(buffer, samples, SOUND_HZ, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()
