"""Distance between log-mel spectrograms. Shapes: N samples, F bins, M mel bands, T frames."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.metric import Measured, Metric
from .config import (
    LogMelDistanceConfig,
    LogMelDistanceInsideConfig,
    LogMelDistanceOutsideConfig,
)
from .pairing import RESAMPLER, pair, select_frames
from .spectral import mel_filters, power_spectrum

N_FFT = 1024
HOP = 256


class LogMelDistance(Metric):
    """Root mean square over frames and mel bands of the difference in dB, mean over clips.

    A band's level is 10·log10 of its power, relative to a full-scale sine, plus a floor: what
    both clips hold below the floor counts as equal. With a low floor, silence against sound is
    far away, so print the floor with the number.
    """

    name = "log_mel_distance"
    unit = "dB"
    direction = "lower"
    config_model = LogMelDistanceConfig
    config: LogMelDistanceConfig

    def score(self, clip: Measured) -> float:
        """Return the distance of one clip from its reference, in dB."""
        options = self.config
        both = pair(self.name, clip, hop=HOP, sample_rate_hz=options.sample_rate_hz)
        difference = self._levels(both.generated, both.sample_rate_hz) - self._levels(
            both.reference, both.sample_rate_hz
        )
        chosen = select_frames(
            self.name,
            clip,
            options.region,
            frames=difference.shape[1],
            hop=HOP,
            rate_hz=both.sample_rate_hz,
        )
        return float(difference[:, chosen].square().mean().sqrt())

    def fingerprint(self) -> dict[str, Any]:
        """Return the options, the transform and the resampler."""
        return {
            **super().fingerprint(),
            "transform": f"Hann {N_FFT}, hop {HOP}, HTK mel triangles on power, float64",
            "resampler": RESAMPLER if self.config.sample_rate_hz else None,
        }

    def _levels(self, samples: Tensor, rate_hz: int) -> Tensor:
        power = power_spectrum(self.name, samples, n_fft=N_FFT, hop=HOP)
        mel = mel_filters(N_FFT, self.config.mels, rate_hz) @ power
        return 10.0 * torch.log10(mel + 10.0 ** (self.config.floor_dbfs / 10.0))


class LogMelDistanceInside(LogMelDistance):
    """`LogMelDistance` over frames whose centre lies in an edited span."""

    name = "log_mel_distance_inside"
    config_model = LogMelDistanceInsideConfig


class LogMelDistanceOutside(LogMelDistance):
    """`LogMelDistance` over frames whose centre lies in no edited span."""

    name = "log_mel_distance_outside"
    config_model = LogMelDistanceOutsideConfig
