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
        default=8,
        ge=1,
        description="Most clips of one length that it hears at a time; on a CPU it is one.",
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
    loading: Literal["plain", "audioldm_eval", "av_bench", "torchvggish"] = Field(
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


class SynchformerConfig(FrozenConfig):
    """Options of `synchformer`."""

    weights: Path | None = Field(
        default=None,
        description="Its weights, a file that `audio-omni metrics convert` wrote; left out: the "
        "file of its name in the folder AUDIO_OMNI_EMBEDDERS.",
    )
    batch_size: int = Field(
        default=8,
        ge=1,
        description="Most segments of 0.64 s that it watches or hears at a time; on a CPU it is "
        "one.",
    )


class HubConfig(FrozenConfig):
    """A network of the library transformers; which one it is, its weights' digest says."""

    weights: str | None = Field(
        default=None,
        description="Its folder, or its name on the hub; left out: the folder of its name in "
        "AUDIO_OMNI_EMBEDDERS, or its usual name.",
    )
    revision: str | None = Field(default=None, description="Commit, tag or branch on the hub.")
    download: bool = Field(
        default=False, description="Fetch the network from the hub if this machine lacks it."
    )


class ClapConfig(HubConfig):
    """Options of `clap`."""

    windows: Literal["all", "first10"] = Field(
        default="all",
        description="What is heard of a clip above 10 s: windows of 10 s every 5 s, or the first.",
    )
    quantise: bool = Field(
        default=False,
        description="Round samples to 16 bits first, as LAION's own tool does unless told not to.",
    )


class WhisperConfig(HubConfig):
    """Options of `whisper`."""

    language: str = Field(
        default="en", min_length=2, description="Language that is spoken, as Whisper codes it."
    )
    task: Literal["transcribe", "translate"] = Field(
        default="transcribe", description="Write down what is said, or its English translation."
    )


class SpeakerConfig(HubConfig):
    """Options of `wavlm_speaker`."""


class EventListenerConfig(Config):
    """Options of `event_listener`."""

    weights: Path | None = Field(
        default=None, description="File of an event classifier's weights; it has no other."
    )
