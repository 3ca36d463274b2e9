"""Seconds, samples and latent frames: every rate and length, derived once.

Every other module asks here; nobody multiplies a rate by hand.
"""

from __future__ import annotations

import math

from pydantic import Field

from .config import Config
from .errors import RequestError


class Geometry(Config):
    """The time axis of one model.

    Rounding has one rule: seconds become samples by rounding to the nearest sample; samples
    become frames by rounding up, so that frames always cover the samples.
    """

    sample_rate_hz: int = Field(gt=0, description="Samples per second of the codec.")
    channels: int = Field(gt=0, description="Channels of the codec's waveforms.")
    hop: int = Field(gt=0, description="Samples per latent frame.")
    clip_seconds: float = Field(gt=0, description="Longest clip of training, in seconds.")

    @property
    def clip_samples(self) -> int:
        """Return the samples of a full clip."""
        return self.samples(self.clip_seconds)

    @property
    def clip_frames(self) -> int:
        """Return the latent frames of a full clip."""
        return self.frames(self.clip_samples)

    def samples(self, seconds: float) -> int:
        """Return the number of samples that is nearest to a duration, at least 1.

        Raises:
            RequestError: if the duration is not a finite number above 0.
        """
        if not math.isfinite(seconds) or seconds <= 0:
            raise RequestError(f"Got a duration of {seconds} s; expected a number above 0.")
        return max(1, round(seconds * self.sample_rate_hz))

    def frames(self, samples: int) -> int:
        """Return the number of latent frames that cover ``samples``."""
        return math.ceil(samples / self.hop)
