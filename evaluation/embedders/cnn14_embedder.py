"""The embedders `cnn14_16k` and `cnn14_32k`: what FD, KL and the inception score listen with."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel
from torch import Tensor

from ...core.embedder import Embedding
from .cnn14 import Cnn14, Rate
from .config import Cnn14Config
from .frozen import WaveformEmbedder
from .weights import random_digest, read_weights


class Cnn14Embedder(WaveformEmbedder):
    """One vector for each clip, and how much each of 527 kinds of sound is in it.

    Because the network pools the loudest and the mean moment, its answer depends on the length
    of a clip: compare sets of equal lengths only.
    """

    config_model = Cnn14Config
    config: Cnn14Config
    rate: ClassVar[Rate]

    def __init__(self, config: BaseModel | None = None, *, network: Cnn14 | None = None) -> None:
        """Load the weights, or take over a network of which no published file is known.

        Args:
            config: a `Cnn14Config`.
            network: serves to check the arithmetic; its digest begins with ``random``.

        Raises:
            ConfigError: if there are no weights; says what to fetch and where to put it.
            CheckpointError: if the file is a pickle, damaged, or of another network.
        """
        super().__init__(config)
        self._digest: str | None = None
        if network is None:
            weights = read_weights(self.name, self.config.weights)
            self._digest = weights.digest
            network = Cnn14(self.rate, weights.tensors, dtype=self.dtype, where=str(weights.path))
        self.network = network.to(self.device)

    @property
    def weights(self) -> str:
        """Return the digest of the weights; that of a network which was handed in is random."""
        return self._digest or random_digest(self.network)

    @property
    def sample_rate_hz(self) -> int:
        """Return 16000 or 32000."""
        return self.network.front_end.sample_rate_hz

    @property
    def shortest_samples(self) -> int:
        """Return the fewest samples that leave a moment: 0.31 s."""
        return self.network.shortest_samples

    def run(self, batch: Tensor) -> list[Embedding]:
        """Return ``embedding`` (1, 2048) and ``logits`` (1, 527) of clips (B, N)."""
        tagged = self.network(batch)
        embedding, logits = tagged.embedding.cpu(), tagged.logits.cpu()
        return [
            {"embedding": embedding[i : i + 1].clone(), "logits": logits[i : i + 1].clone()}
            for i in range(len(batch))
        ]


class Cnn14At16k(Cnn14Embedder):
    """The network for 16 kHz, the default of the tools that most papers measured with."""

    name = "cnn14_16k"
    rate = "16k"


class Cnn14At32k(Cnn14Embedder):
    """The network for 32 kHz; its numbers are not those of the other one."""

    name = "cnn14_32k"
    rate = "32k"
