"""A clip of audio as a value. Shapes: C channels, N samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

ENDS_EARLY = "the file ends early: "
"""How the note begins of a file that is cut off: some of what its header announces is not there."""


@dataclass(frozen=True, eq=False)
class Waveform:
    """A clip in memory, with the record of what was done to it.

    Attributes:
        samples: (C, N) float32 on the CPU, nominally within -1…1 (not clipped).
        sample_rate_hz: samples per second.
        conversions: every change since the file was decoded, in order, in words
            (``"resampled 44100 → 16000 Hz"``); nothing is done to audio silently.
    """

    samples: Tensor
    sample_rate_hz: int
    conversions: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """Return the number of channels, C."""
        return int(self.samples.shape[0])

    @property
    def seconds(self) -> float:
        """Return the duration in seconds."""
        return float(self.samples.shape[-1]) / self.sample_rate_hz

    def converted(self, samples: Tensor, note: str, sample_rate_hz: int | None = None) -> Waveform:
        """Return a copy with new samples and one more line in its record."""
        return replace(
            self,
            samples=samples,
            sample_rate_hz=sample_rate_hz or self.sample_rate_hz,
            conversions=(*self.conversions, note),
        )
