"""Words that a recogniser hears wrongly, as seed-tts-eval counts them."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import BaseModel

from ...core.embedder import Ear, Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric, Side
from ...core.errors import ConfigError, DataError, RequestError
from ...core.metric_result import MetricResult
from ...core.row_keys import joined
from ..statistics.words import count_errors, normalise_words
from .network_config import ReferenceWordErrorRateConfig, WordErrorRateConfig

HIGH_RATE = 0.5


class WordErrorRate(EmbeddingMetric):
    """Unweighted mean over clips of substitutions, deletions and insertions over words.

    Not limited unless asked: one clip with much too many words can score above 1. ``details`` has
    the median, the rate over all words and the share of clips above 50 %.

    Source: Anastassiou et al. 2024, "Seed-TTS", and its published evaluation.
    """

    name = "word_error_rate"
    unit = "1"
    direction = "lower"
    config_model = WordErrorRateConfig
    config: WordErrorRateConfig
    hears: ClassVar[tuple[Side, ...]] = ("generated",)

    errors: list[torch.Tensor]
    words: list[torch.Tensor]

    def __init__(self, config: BaseModel | None = None, ear: Ear | None = None) -> None:
        """Keep the options and the recogniser."""
        super().__init__(config, ear)
        self.add_state("errors")
        self.add_state("words")

    def add(self, heard: Heard) -> None:
        """Count the errors of one clip."""
        found = self._counted(heard)
        self.record(heard.id, self._limited(found.rate))
        self.errors.append(torch.tensor([float(found.errors)], dtype=torch.float64))
        self.words.append(torch.tensor([float(found.words)], dtype=torch.float64))

    def score_heard(self, heard: Heard) -> float:
        """Return the rate of one clip."""
        return self._limited(self._counted(heard).rate)

    def compute(self) -> MetricResult:
        """Return the mean over clips, beside the median and the rate over all words."""
        result = super().compute()
        once = self.rows_once()
        rates, errors, words = (joined(s)[once] for s in (self.values, self.errors, self.words))
        details = {
            "median": float(np.median(rates)),
            "over_all_words": float(errors.sum() / words.sum()),
            "share_above_half": float((rates > HIGH_RATE).mean()),
        }
        return result.model_copy(update={"details": details})

    def _counted(self, heard: Heard) -> Any:
        wanted = heard.fields.get("transcript")
        (side,) = self.hears
        embedding: Embedding = getattr(heard, side) or {}
        said = embedding.get("text")
        if not wanted:
            raise RequestError(
                f"Metric '{self.name}' reads field 'transcript' of a row, and row '{heard.id}' "
                "has none. Measure rows that have it."
            )
        if not isinstance(said, str):
            raise ConfigError(
                f"Metric '{self.name}' needs an embedder that gives 'text'; "
                f"'{self.embedder.name}' gives {', '.join(embedding)}."
            )
        language = self.config.language
        try:
            return count_errors(str(wanted), said, lambda text: normalise_words(text, language))
        except DataError as failure:
            raise RequestError(f"Row '{heard.id}': {failure}") from failure

    def _limited(self, rate: float) -> float:
        limit = self.config.limit
        return rate if limit is None else min(rate, limit)


class ReferenceWordErrorRate(WordErrorRate):
    """The same of the reference recordings: what the recogniser gets wrong of real speech.

    The model's own rate is read beside it: below it lies no better speech.
    """

    name = "reference_word_error_rate"
    config_model = ReferenceWordErrorRateConfig
    hears = ("reference",)
