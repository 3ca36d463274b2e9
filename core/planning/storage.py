"""What a run takes on disk: clips, what is encoded of them, checkpoints."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..models.audio_omni import AudioOmniModel
from ..training.config import TrainConfig
from .parameters import FLOAT32
from .workload import Workload

PCM_BYTES = 2


@dataclass(frozen=True)
class Storage:
    """Bytes on disk.

    Attributes:
        clip: an example's clip as 16-bit PCM at the codec's rate.
        latent: its latent in float32.
        features: what conditioners read of it, in float32, on the mean.
        examples: clips of the data; `None` where it is not known how many.
        checkpoint: one of them.
        kept: how many are kept, and one more while it is written.
    """

    clip: float
    latent: float
    features: float
    examples: float | None
    checkpoint: float
    kept: int

    @property
    def checkpoints(self) -> float:
        """Return what all of them take while one is written."""
        return self.checkpoint * self.kept

    @property
    def encoded(self) -> float | None:
        """Return what latents and features of all data take."""
        return None if self.examples is None else self.examples * (self.latent + self.features)

    @property
    def clips(self) -> float | None:
        """Return what all clips take."""
        return None if self.examples is None else self.examples * self.clip

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        totals = {name: getattr(self, name) for name in ("checkpoints", "encoded", "clips")}
        return {**asdict(self), **totals}


def storage_of(
    model: AudioOmniModel,
    workload: Workload,
    train: TrainConfig,
    checkpoint: int,
    examples: float | None,
) -> Storage:
    """Return what a run takes on disk.

    Args:
        model: for the lengths of clips and latents.
        workload: for the features.
        train: how many checkpoints are kept.
        checkpoint: bytes of one.
        examples: clips of the data, if known.
    """
    geometry = model.geometry
    return Storage(
        clip=float(geometry.clip_samples * geometry.channels * PCM_BYTES),
        latent=float(model.codec.latent_dim * geometry.clip_frames * FLOAT32),
        features=workload.feature_numbers() * FLOAT32,
        examples=examples,
        checkpoint=float(checkpoint),
        kept=min(train.keep_checkpoints, -(-train.steps // train.checkpoint_every)) + 1,
    )
