"""Words, or characters, that a recogniser hears wrongly, as seed-tts-eval counts them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from pydantic import BaseModel

from ...core.bootstrap import bootstrap_interval
from ...core.embedder import Ear, Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric, Side
from ...core.errors import ConfigError, DataError, RequestError
from ...core.metric_result import MetricResult
from ...core.row_keys import joined
from ..statistics.words import HIGH_RATE, Unit, Utterance, count_errors, normalise_words
from .network_config import (
    ReferenceWhisperCharacterErrorRateConfig,
    ReferenceWordErrorRateConfig,
    WhisperCharacterErrorRateConfig,
    WordErrorRateConfig,
)


class WordErrorRate(EmbeddingMetric):
    """Unweighted mean over clips of substitutions, deletions and insertions over words.

    Not limited unless asked: one clip with much too many words can score above 1. Options make it
    the rate over all words, or compare what Whisper's own normaliser leaves. ``details`` has mean,
    median, the rate over all words and the share of clips above 50 %, whatever the options.

    Source: Anastassiou et al. 2024, "Seed-TTS", and its published evaluation.
    """

    name = "word_error_rate"
    unit = "1"
    direction = "lower"
    config_model = WordErrorRateConfig
    config: WordErrorRateConfig
    hears: ClassVar[tuple[Side, ...]] = ("generated",)
    counted: ClassVar[Unit] = "words"

    errors: list[torch.Tensor]
    words: list[torch.Tensor]

    def __init__(self, config: BaseModel | None = None, ear: Ear | None = None) -> None:
        """Keep the options and the recogniser."""
        super().__init__(config, ear)
        self.add_state("errors")
        self.add_state("words")

    def check_ear(self) -> None:
        """Refuse a recogniser that lacks the normaliser that is asked for."""
        self._normaliser()

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
        """Return the mean over clips, or the rate over all words; beside it what else to read."""
        result = super().compute()
        once = self.rows_once()
        rates, errors, words = (joined(s)[once] for s in (self.values, self.errors, self.words))
        details = {
            "mean": float(rates.mean()),
            "median": float(np.median(rates)),
            f"over_all_{self.counted}": float(errors.sum() / words.sum()),
            "share_above_half": float((errors / words > HIGH_RATE).mean()),
        }
        found: dict[str, Any] = {"details": details}
        if self.config.average == "corpus":
            counted = rates * words  # errors, each clip's within the limit
            found["value"] = float(counted.sum() / words.sum())
            found["interval"] = bootstrap_interval(counted, per=words)
        return result.model_copy(update=found)

    def fingerprint(self) -> dict[str, Any]:
        """Return the options, the recogniser's fingerprint, and its normaliser's spellings."""
        found = super().fingerprint()
        if self.config.normaliser == "seed_tts":
            return found
        recogniser: Any = self._listening().embedder
        return {**found, "spellings": recogniser.english_normaliser_digest}

    def _normaliser(self) -> Callable[[str], str]:
        """Return what both texts are normalised by.

        Raises:
            ConfigError: if the recogniser brings no normaliser of its own and one is asked for.
        """
        language = self.config.language
        if self.config.normaliser == "seed_tts":
            return lambda text: normalise_words(text, language)
        recogniser: Any = self._listening().embedder
        if not hasattr(type(recogniser), "english_normaliser"):
            raise ConfigError(
                f"Metric '{self.name}' got normaliser 'whisper_english' and the embedder "
                f"'{recogniser.name}', which brings none; expected 'whisper'. Choose it, or "
                "normaliser 'seed_tts'."
            )
        normaliser: Callable[[str], str] = recogniser.english_normaliser
        return normaliser

    def _counted(self, heard: Heard) -> Utterance:
        wanted = self._meant(heard)
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
        try:
            return count_errors(str(wanted), said, self._normaliser(), self.counted)
        except DataError as failure:
            raise RequestError(f"Row '{heard.id}': {failure}") from failure

    def _meant(self, heard: Heard) -> Any:
        """Return the words that were to be said."""
        return heard.fields.get("transcript")

    def _limited(self, rate: float) -> float:
        limit = self.config.limit
        return rate if limit is None else min(rate, limit)


class OfReferences(WordErrorRate):
    """Error rates of the reference recordings, by what is said in these.

    That is a row's ``reference_transcript`` where it has one, for a reference that says other
    words than were asked for, and else its ``transcript``.
    """

    hears = ("reference",)

    def _meant(self, heard: Heard) -> Any:
        """Return the words that are said in the reference."""
        return heard.fields.get("reference_transcript") or super()._meant(heard)


class ReferenceWordErrorRate(OfReferences):
    """The same of the reference recordings: what the recogniser gets wrong of real speech.

    The model's own rate is read beside it: below it lies no better speech.
    """

    name = "reference_word_error_rate"
    config_model = ReferenceWordErrorRateConfig


class WhisperCharacterErrorRate(WordErrorRate):
    """`WordErrorRate` in characters, spaces included: how far off wrong words are."""

    name = "whisper_character_error_rate"
    config_model = WhisperCharacterErrorRateConfig
    counted = "characters"


class ReferenceWhisperCharacterErrorRate(OfReferences, WhisperCharacterErrorRate):
    """`WhisperCharacterErrorRate` of the reference recordings."""

    name = "reference_whisper_character_error_rate"
    config_model = ReferenceWhisperCharacterErrorRateConfig
