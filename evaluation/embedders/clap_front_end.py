"""The log-mel spectrograms that LAION's CLAP networks learned with, without a checkpoint.

Shapes: N samples, F frames, M mel bands.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .clap_windows import RATE_HZ

LOWEST_HZ, HIGHEST_HZ = 50, 14000
"""The library's own lowest frequency is 0, which is not what LAION learned with."""


def clap_log_mel(window: Tensor, *, fused: bool, lowest_hz: int = LOWEST_HZ) -> Tensor:
    """Return decibels (F, M) of a window of 10 s, (480000,) at 48 kHz.

    Args:
        window: nominally within -1…1.
        fused: for a network that fuses (HTK mels), or one that does not (Slaney's).
        lowest_hz: where the first band begins.
    """
    from transformers.models.clap.feature_extraction_clap import ClapFeatureExtractor

    extractor = ClapFeatureExtractor(
        sampling_rate=RATE_HZ,
        frequency_min=lowest_hz,
        frequency_max=HIGHEST_HZ,
        truncation="fusion" if fused else "rand_trunc",
    )
    found = extractor(window.numpy(), sampling_rate=RATE_HZ)["input_features"]
    return torch.as_tensor(found[0][0])
