"""The embedder `vggish`: what FAD listens with."""

from __future__ import annotations

from typing import Any

import torch
from pydantic import BaseModel
from torch import Tensor

from ...core.embedder import Embedding
from ...core.media.audio import Waveform
from .config import VggishConfig
from .frozen import WaveformEmbedder
from .vggish import Principal, Vggish
from .vggish_front_end import (
    GOOGLE_WINDOW,
    SAMPLE_RATE_HZ,
    SHORTEST_SAMPLES,
    log_mel_patches,
    raised,
)
from .weights import random_digest, read_weights

PATCHES_AT_A_TIME = 64


class VggishEmbedder(WaveformEmbedder):
    """128 values for each 0.96 s; FAD pools the patches of all clips."""

    name = "vggish"
    config_model = VggishConfig
    config: VggishConfig

    def __init__(
        self,
        config: BaseModel | None = None,
        *,
        network: Vggish | None = None,
        principal: Principal | None = None,
    ) -> None:
        """Load the weights, or take over a network of which no published file is known.

        Args:
            config: a `VggishConfig`.
            network: serves to check the arithmetic; its digest begins with ``random``.
            principal: its components, if the options ask for them.

        Raises:
            ConfigError: if there are no weights; says what to fetch and where to put it.
            CheckpointError: if the file is a pickle, damaged, of another network, or lacks the
                components that the options ask for.
        """
        super().__init__(config)
        self._digest: str | None = None
        if network is None:
            weights = read_weights("vggish", self.config.weights)
            self._digest, where = weights.digest, str(weights.path)
            network = Vggish(weights.tensors, dtype=self.dtype, where=where)
            if self.config.components:
                principal = Principal(weights.tensors, where=where)
        self.network = network.to(self.device)
        self.principal = principal

    @property
    def weights(self) -> str:
        """Return the digest of the weights; that of a network which was handed in is random."""
        return self._digest or random_digest(self.network)

    @property
    def sample_rate_hz(self) -> int:
        """Return 16000."""
        return SAMPLE_RATE_HZ

    @property
    def shortest_samples(self) -> int:
        """Return the fewest samples that make a patch: 0.975 s, or 1 s for Google's."""
        return GOOGLE_WINDOW if self.config.hop_seconds == 0.5 else SHORTEST_SAMPLES

    def prepare(self, clip: Waveform) -> Tensor:
        """Return samples (N,) float32 at 16 kHz, raised if the options say so."""
        samples = super().prepare(clip)
        return raised(samples) if self.config.normalize == "google" else samples

    def run(self, batch: Tensor) -> list[Embedding]:
        """Return ``embedding`` (P, 128) of each of clips (B, N)."""
        half = self.config.hop_seconds == 0.5
        of_clips = [log_mel_patches(samples, half_second_hop=half) for samples in batch]
        patches = torch.cat(of_clips)
        embeddings = torch.cat([self.network(some) for some in patches.split(PATCHES_AT_A_TIME)])
        if self.principal is not None and self.config.components:
            embeddings = self.principal(embeddings)
        counts = [len(own) for own in of_clips]
        return [{"embedding": own.clone()} for own in embeddings.cpu().split(counts)]

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights, options and loading, and what is taken of the network."""
        taken = "after ReLU, components and 8 bits" if self.config.components else "before ReLU"
        return {**super().fingerprint(), "values": taken}
