"""Metrics of one row at a time: what a network hears of a clip, beside its reference or words."""

from __future__ import annotations

from ...core.embedder import Embedding, Heard
from ...core.embedding_metric import EmbeddingMetric
from ..statistics.cosine import cosine_similarity
from ..statistics.divergence import kl_divergence
from .network_config import ClapScoreConfig, KlDivergenceConfig, SameSpeakerConfig
from .outputs import vector_of


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
            vector_of(self, side, heard.id)[None] for side in (heard.generated, heard.reference)
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


def _cosine(
    metric: EmbeddingMetric, first: Embedding | None, second: Embedding | None, row: str
) -> float:
    pair = (vector_of(metric, side, row)[None] for side in (first, second))
    return float(cosine_similarity(*pair).value)
