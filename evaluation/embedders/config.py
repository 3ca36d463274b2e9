"""Options of the embedders; torch-free. Where weights lie and how fast they run decides no number.

Fields named here and in `core.embedder.WHERE_AND_HOW_FAST` are no part of a fingerprint.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from ...core.config import Config


class FrozenConfig(Config):
    """What every frozen network can be told."""

    device: str | None = Field(
        default=None, description="Where it runs: cpu, cuda, …; left out: cuda if there is one."
    )
    batch_size: int = Field(
        default=8, ge=1, description="Most clips of one length that it hears at a time."
    )
    dtype: Literal["float32", "float64"] = Field(
        default="float32", description="Precision of the network; float64 checks its arithmetic."
    )


class FileConfig(FrozenConfig):
    """A network whose weights are one safetensors file."""

    weights: Path | None = Field(
        default=None,
        description="Its weights, a file that `audio-omni metrics convert` wrote; left out: the "
        "file of its name in the folder AUDIO_OMNI_EMBEDDERS.",
    )
    loading: Literal["plain", "audioldm_eval", "av_bench"] = Field(
        default="plain",
        description="How a clip is brought to the network: plain mixes channels and resamples; "
        "the others do what the tools of that name do.",
    )
    cut_seconds: float | None = Field(
        default=None, gt=0, description="Beginning of a clip that is heard; null for all of it."
    )


class Cnn14Config(FileConfig):
    """Options of `cnn14_16k` and `cnn14_32k`."""


class VggishConfig(FileConfig):
    """Options of `vggish`."""

    hop_seconds: float = Field(
        default=0.96,
        description="From patch to patch; 0.5 takes one of every second, as Google's FAD did.",
    )
    normalize: Literal["none", "google"] = Field(
        default="none",
        description="google divides a clip by its greatest sample, or by 0.1 if that is less.",
    )
    components: bool = Field(
        default=False,
        description="Whether vectors go through ReLU, principal components and 8 bits; FAD "
        "does without.",
    )

    @field_validator("hop_seconds")
    @classmethod
    def _known_hop(cls, hop: float) -> float:
        if hop not in (0.96, 0.5):
            raise ValueError("expected 0.96, end to end, or 0.5, as Google's FAD did")
        return hop


class EventListenerConfig(Config):
    """Options of `event_listener`."""

    weights: Path | None = Field(
        default=None, description="File of an event classifier's weights; it has no other."
    )
