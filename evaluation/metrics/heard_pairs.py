"""Metrics of one row at a time: what a network hears of a clip, beside its reference or words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...core.embedder import Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric
from ...core.errors import ConfigError, RequestError
from ..statistics.cosine import cosine_similarity
from ..statistics.divergence import kl_divergence
from .network_config import ClapScoreConfig, KlDivergenceConfig, SameSpeakerConfig


class KlDivergence(EmbeddingMetric):
    """Divergence of what a tagger hears in a clip from what it hears in the reference, in nats.

    KL(reference ‖ generated) over classes, softmax, no epsilon; mean over pairs. Clips of unlike
    length measure padding: cut both alike.

    Source: Yang et al. 2023, "Diffsound", section V-B, as av-bench computes it.
    """

    name = "kl_divergence"
    unit = "nat"
    direction = "lower"
    config_model = KlDivergenceConfig
    config: KlDivergenceConfig

    def score_heard(self, heard: Heard) -> float:
        """Return the divergence of one pair."""
        options = self.config
        made, wanted = (
            vector(self, side, heard.id)[None] for side in (heard.generated, heard.reference)
        )
        found = kl_divergence(
            made,
            wanted,
            epsilon=options.epsilon,
            reverse=options.reverse,
            activation=options.activation,
        )
        return found.value


class ClapScore(EmbeddingMetric):
    """Cosine of a clip and the words that were asked for; the checkpoint is part of its name.

    Source: Wu et al. 2023, "Large-Scale Contrastive Language-Audio Pretraining"; Huang et al.
    2023, "Make-An-Audio", section 4.
    """

    name = "clap_score"
    unit = "1"
    direction = "higher"
    config_model = ClapScoreConfig
    config: ClapScoreConfig
    hears = ("generated",)

    @property
    def reads(self) -> str:  # type: ignore[override]
        """Return the field of a row that is read."""
        return self.config.text_from

    def score_heard(self, heard: Heard) -> float:
        """Return the cosine of one clip and its words."""
        return _cosine(self, heard.generated, heard.text, heard.id)


class SameSpeaker(EmbeddingMetric):
    """Cosine of the voices of a clip and its reference, another recording of the same speaker.

    Source: Anastassiou et al. 2024, "Seed-TTS", section 3 (SIM).
    """

    name = "same_speaker"
    unit = "1"
    direction = "higher"
    config_model = SameSpeakerConfig

    def score_heard(self, heard: Heard) -> float:
        """Return the cosine of one pair."""
        return _cosine(self, heard.generated, heard.reference, heard.id)


def vector(metric: EmbeddingMetric, embedding: Embedding | None, row: str) -> NDArray[np.float64]:
    """Return the one vector (D,) float64 that a metric compares of a clip.

    Raises:
        ConfigError: if the embedder gives no such output, or several vectors of a clip.
        RequestError: if it is not finite.
    """
    name: str = metric.config.output  # type: ignore[attr-defined]
    value = (embedding or {}).get(name)
    if not isinstance(value, Tensor) or value.shape[0] != 1:
        got = f"{value.shape[0]} vectors" if isinstance(value, Tensor) else "none"
        raise ConfigError(
            f"Metric '{metric.name}' compares one vector of a clip, output '{name}'; embedder "
            f"'{metric.embedder.name}' gives {got} (its outputs: {', '.join(embedding or {})})."
        )
    found: NDArray[np.float64] = value[0].double().numpy()
    if not np.isfinite(found).all():
        raise RequestError(
            f"Metric '{metric.name}' got an embedding of row '{row}' that is not finite. Its clip "
            "or the weights are broken; listen to it, or leave it out and say so."
        )
    return found


def _cosine(
    metric: EmbeddingMetric, first: Embedding | None, second: Embedding | None, row: str
) -> float:
    pair = (vector(metric, side, row)[None] for side in (first, second))
    return float(cosine_similarity(*pair).value)
