"""What an example becomes on its way to the transformer.

Shapes: C channels, N samples, D latent width, T frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from torch import Tensor


@dataclass(frozen=True)
class PreparedExample:
    """An example after `Conditioner.prepare`, made in a data worker; all tensors on the CPU.

    Attributes:
        task: name of the task.
        key: identifies the row and its rendering in caches; `None` for a request.
        samples: length of the audio to make, in samples of the codec.
        waveform: (C, N) float32 target at the codec's rate; `None` for a request, and where
            ``latent`` is there in its place.
        prepared: weight name of a conditioner → its prepared payload, `None` where absent.
        conversions: what was done to target and inputs, in words.
        skip: samples at the start of what is made that are cut off, see `Example.skip_seconds`.
        digests: weight name of a conditioner → digest of its prepared payload, where features
            are looked up by it; made in the worker, since a video's takes as long as a step.
        latent: (D, T) float32 of the target, where its row brought it.
    """

    task: str
    key: str | None
    samples: int
    waveform: Tensor | None
    prepared: Mapping[str, Any | None]
    conversions: tuple[str, ...] = ()
    skip: int = 0
    digests: Mapping[str, str] = field(default_factory=dict)
    latent: Tensor | None = None


@dataclass(frozen=True)
class EncodedExample:
    """An example after everything frozen: what a cache keeps and a training step starts from.

    Attributes:
        task: name of the task.
        key: as in `PreparedExample`.
        samples: length of the audio, in samples of the codec.
        latent: (D, T) float32, or `None` for a request.
        features: weight name of a conditioner → result of `encode_frozen`, `None` where absent.
        skip: as in `PreparedExample`.
    """

    task: str
    key: str | None
    samples: int
    latent: Tensor | None
    features: Mapping[str, Any | None]
    skip: int = 0


class Batch(NamedTuple):
    """What one process learns from in one step: all of a batch, or its share of it.

    Attributes:
        number: of the batch, from 0.
        examples: prepared, or from a pool.
        mixture: the mixture's state once the batch is consumed.
        places: where in the whole batch each example stands.
        skipped: reason → broken rows that this process has skipped up to here.
        broken: what was wrong with the last of them; empty before there is one.
    """

    number: int
    examples: Sequence[Any]
    mixture: Mapping[str, Any]
    places: Sequence[int]
    skipped: Mapping[str, int] = MappingProxyType({})
    broken: str = ""


class Part(NamedTuple):
    """Which examples of every batch a process takes: each ``of``-th, from number ``rank`` on."""

    rank: int = 0
    of: int = 1

    def places(self, count: int) -> list[int]:
        """Return the places of a batch of ``count`` examples that are its own."""
        return list(range(self.rank, count, self.of))
