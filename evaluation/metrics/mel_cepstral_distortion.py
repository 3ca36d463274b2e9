"""Mel-cepstral distortion. Shapes: N samples, F bins, M mel bands, K coefficients, T frames."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...core.errors import RequestError
from ...core.metric import Measured, Metric
from ..alignment import align
from .config import MelCepstralDistortionConfig
from .pairing import RESAMPLER, mono
from .spectral import mel_filters, power_spectrum

N_FFT = 1024
HOP = 256

DECIBEL = 10.0 * math.sqrt(2.0) / math.log(10.0)
"""From a distance of cepstra to the root mean square of what their envelopes differ by, in dB."""


class MelCepstralDistortion(Metric):
    """How far the timbre of speech is from that of a reference that says the same, in dB.

    Mean, over the path of dynamic time warping, of the distance of the mel-frequency cepstra but
    the 0th, so that neither level nor pace counts. Clips may differ in length. A distance is the
    root mean square, over mel bands, of the difference of the smoothed envelopes in dB. Values
    depend on how cepstra are computed: only those of one fingerprint compare.

    Source: Kubichek 1993, "Mel-cepstral distance measure for objective speech quality assessment".
    """

    name = "mel_cepstral_distortion"
    unit = "dB"
    direction = "lower"
    config_model = MelCepstralDistortionConfig
    config: MelCepstralDistortionConfig

    def score(self, clip: Measured) -> float:
        """Return the distortion of one clip, in dB.

        Raises:
            RequestError: if there is no reference, or a clip is too short or not finite.
        """
        if clip.reference is None:
            raise RequestError(
                f"Metric '{self.name}' compares with a reference that says the same, and the clip "
                "has none. Measure rows that have a target."
            )
        rate = self.config.sample_rate_hz
        made, wanted = (
            self._cepstra(mono(self.name, what, waveform, rate))
            for what, waveform in (
                ("generated clip", clip.generated),
                ("reference", clip.reference),
            )
        )
        distances = torch.cdist(
            made.T, wanted.T, compute_mode="donot_use_mm_for_euclid_dist"
        ).numpy()
        path = align(distances)
        return DECIBEL * float(np.mean(distances[path]))

    def fingerprint(self) -> dict[str, Any]:
        """Return the options, the transform and the resampler."""
        return {
            **super().fingerprint(),
            "transform": f"Hann {N_FFT}, hop {HOP}, HTK mel triangles on power, ln, "
            "DCT-II / M, float64; symmetric dynamic time warping",
            "resampler": RESAMPLER,
        }

    def _cepstra(self, samples: Tensor) -> Tensor:
        """Return coefficients 1 to K of each frame: (K, T)."""
        options = self.config
        power = power_spectrum(self.name, samples, n_fft=N_FFT, hop=HOP)
        mel = mel_filters(N_FFT, options.mels, options.sample_rate_hz) @ power
        levels = torch.log(mel + 10.0 ** (options.floor_dbfs / 10.0))
        return _cosines(options.mels, options.coefficients) @ levels


def _cosines(mels: int, coefficients: int) -> Tensor:
    """Return what takes the logarithm of power to cepstra: (K, M).

    An envelope of amplitudes is then exp of the sum of the coefficients' cosines.
    """
    rows = torch.arange(1, coefficients + 1, dtype=torch.float64)[:, None]
    columns = torch.arange(mels, dtype=torch.float64)[None] + 0.5
    return torch.cos(math.pi / mels * rows * columns) / mels
