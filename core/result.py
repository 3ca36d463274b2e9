"""A generated clip, with all it takes to make it again. Shapes: C channels, N samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from .media.video import VideoClip
from .media.waveform import Waveform
from .payloads import Example


@dataclass(frozen=True)
class Result:
    """A generated clip with all it takes to make it again.

    Attributes:
        waveform: (C, N) float32 samples, with conversions; not peak-normalised.
        task: name of the task.
        seed: decides the noise.
        provenance: task, request, seed, sampling, checkpoint, plugin versions, conversions.
    """

    waveform: Waveform
    task: str
    seed: int
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def samples(self) -> Tensor:
        """Return the samples (C, N)."""
        return self.waveform.samples

    @property
    def sample_rate_hz(self) -> int:
        """Return samples per second."""
        return self.waveform.sample_rate_hz


def request_facts(example: Example) -> dict[str, Any]:
    """Return the fields of an example's request that were given, as plain values."""
    request = dict(example.request) if example.request else {}
    return {name: _plain(value) for name, value in request.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Waveform):
        return f"clip of {value.seconds:.3f} s at {value.sample_rate_hz} Hz"
    if isinstance(value, VideoClip):
        return str(value.path)
    return value if isinstance(value, str | int | float | bool) else str(value)
