"""The embedder `event_listener`: a small classifier of one's own, where none is published.

Shapes: N samples, K labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from ...core.embedder import Embedder, Embedding
from ...core.errors import ConfigError
from ...core.media.waveform import Waveform
from ..event_classifier import EventClassifier
from ..hearing import RESAMPLER, SAMPLE_RATE_HZ, mono_at_16k
from .config import EventListenerConfig

SHORTEST_SAMPLES = 512
"""Half an analysis window: fewer cannot be mirrored."""


class EventListener(Embedder):
    """What an `EventClassifier` tells its labels by, and their logits.

    Distances on it say how alike two sets are in what that classifier learned to tell apart, and
    compare with nobody's: its weights are one's own, and their digest is in the fingerprint.
    """

    name = "event_listener"
    config_model = EventListenerConfig
    config: EventListenerConfig

    def __init__(self, config: BaseModel | None = None) -> None:
        """Read the weights.

        Raises:
            ConfigError: if no file is named, or there is none.
            CheckpointError: if the file is not one of `EventClassifier.save`.
        """
        super().__init__(config)
        path = self.config.weights
        if path is None or not Path(path).is_file():
            raise ConfigError(
                f"Embedder 'event_listener' has no weights at {path}; expected a file that "
                "EventClassifier.fit(clips, labels, seed).save(path) wrote. Name it with option "
                "embedder.options.weights."
            )
        self.network = EventClassifier.load(Path(path))

    @property
    def weights(self) -> str:
        """Return the digest of weights and labels."""
        return self.network.digest

    def prepare(self, clip: Waveform) -> Tensor:
        """Return (N,) float32 mono at 16 kHz."""
        return mono_at_16k("EventListener", clip, SHORTEST_SAMPLES)

    @torch.no_grad()
    def embed(self, prepared: Sequence[Tensor]) -> list[Embedding]:
        """Return ``embedding`` (1, 256) and ``logits`` (1, K) of each clip, one by one."""
        found: list[Embedding] = []
        for samples in prepared:
            vector = self.network.describe(Waveform(samples[None], SAMPLE_RATE_HZ))[None]
            found.append({"embedding": vector, "logits": self.network.head(vector)})
        return found

    def fingerprint(self) -> dict[str, Any]:
        """Return weights and labels, rate, resampler and mono rule."""
        return {
            **super().fingerprint(),
            "labels": list(self.network.labels),
            "sample_rate_hz": SAMPLE_RATE_HZ,
            "resampler": RESAMPLER,
            "mono": "mean of channels",
        }
