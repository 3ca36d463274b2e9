"""What the embedders share: where and how precisely they run, and batches of equal lengths.

Shapes: B batch, N samples, P vectors of a clip, D values of a vector.
"""

from __future__ import annotations

import abc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from ...core.embedder import Embedder, Embedding
from ...core.execution import without_tf32
from ...core.media.audio import Waveform
from .config import FileConfig, FrozenConfig
from .loading import load, loading_facts


class FrozenEmbedder(Embedder, abc.ABC):
    """Runs a frozen network over clips of one length at a time, since padding would be heard."""

    config: FrozenConfig

    def place(self, network: nn.Module) -> nn.Module:
        """Return the network where and as precise as the options say, and never trained."""
        return network.to(self.device, self.dtype).eval().requires_grad_(False)

    @property
    def device(self) -> torch.device:
        """Return the device of the options, or a GPU if there is one."""
        named = self.config.device or ("cuda" if torch.cuda.is_available() else "cpu")
        return torch.device(named)

    @property
    def dtype(self) -> torch.dtype:
        """Return the precision of the network."""
        return torch.float64 if self.config.dtype == "float64" else torch.float32

    @property
    def at_a_time(self) -> int:
        """Return how many clips are heard at a time: on a CPU one, whose bits are always the same.

        In a batch the last bits differ, and embeddings are kept: see decision 8.
        """
        return 1 if self.device.type == "cpu" else self.config.batch_size

    def embed(self, prepared: Sequence[Tensor]) -> list[Embedding]:
        """Return one embedding per prepared clip, on the CPU, in the precision of the network."""
        found: dict[int, Embedding] = {}
        for indices in equal_lengths(prepared, self.at_a_time):
            batch = torch.stack([prepared[index] for index in indices])
            with exactly(self.device):
                found |= dict(zip(indices, self.run(batch.to(self.device)), strict=True))
        return [found[index] for index in range(len(prepared))]

    @abc.abstractmethod
    def run(self, batch: Tensor) -> list[Embedding]:
        """Return the embeddings of prepared clips of one shape, stacked (B, …)."""


class WaveformEmbedder(FrozenEmbedder, abc.ABC):
    """Is fed with whole clips at its own rate, loaded as the options say."""

    config: FileConfig

    @property
    @abc.abstractmethod
    def sample_rate_hz(self) -> int:
        """Return the rate of the network."""

    @property
    @abc.abstractmethod
    def shortest_samples(self) -> int:
        """Return the fewest samples that the network can hear; shorter clips are padded."""

    def loaded(self, clip: Waveform) -> Waveform:
        """Return the clip (1, N) as the network is fed with it, and what was done to it.

        Raises:
            MediaError: if the clip is empty, or has a sample that is not finite.
        """
        return load(
            clip,
            self.sample_rate_hz,
            loading=self.config.loading,
            cut_seconds=self.config.cut_seconds,
            shortest=self.shortest_samples,
        )

    def prepare(self, clip: Waveform) -> Tensor:
        """Return samples (N,) float32 at the network's rate."""
        return self.loaded(clip).samples[0]

    def fingerprint(self) -> dict[str, Any]:
        """Return network, weights and options, and how clips are loaded."""
        loading = loading_facts(self.config.loading, self.sample_rate_hz, self.shortest_samples)
        return {**super().fingerprint(), **loading}


@contextmanager
def exactly(device: torch.device) -> Iterator[None]:
    """Run what is in the block without gradients, TF32 or autocast."""
    matmul = torch.backends.cuda.matmul
    before, matmul.allow_tf32 = matmul.allow_tf32, False
    try:
        with torch.no_grad(), without_tf32(), torch.autocast(device.type, enabled=False):
            yield
    finally:
        matmul.allow_tf32 = before


def equal_lengths(prepared: Sequence[Tensor], most: int) -> Iterator[list[int]]:
    """Yield batches of indices of tensors of one shape, at most so many, in their order."""
    by_shape: defaultdict[torch.Size, list[int]] = defaultdict(list)
    for index, tensor in enumerate(prepared):
        by_shape[tensor.shape].append(index)
    for indices in by_shape.values():
        for start in range(0, len(indices), most):
            yield indices[start : start + most]
