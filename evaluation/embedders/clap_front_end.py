"""The log-mel spectrograms that LAION's CLAP networks learned with.

Shapes: N samples, F frames, M mel bands, C spectrograms of a window.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...core.errors import ConfigError
from .clap_windows import RATE_HZ

LOWEST_HZ, HIGHEST_HZ = 50, 14000
"""The library's own lowest frequency is 0, which is not what LAION learned with."""


def truncation(*, fused: bool) -> str:
    """Return what the library calls the spectrograms of a network: HTK's mels where it fuses."""
    return "fusion" if fused else "rand_trunc"


def log_mel(extractor: Any, window: Tensor, *, fused: bool) -> Tensor:
    """Return decibels (C, F, M) of a window of 10 s, (480000,); C is 4 where a network fuses.

    Nothing is cut off at random: the length fits.
    """
    found = extractor(window.numpy(), sampling_rate=RATE_HZ, truncation=truncation(fused=fused))[
        "input_features"
    ]
    return torch.as_tensor(found[0])


def clap_log_mel(window: Tensor, *, fused: bool, lowest_hz: int = LOWEST_HZ) -> Tensor:
    """Return decibels (F, M) of a window of 10 s, (480000,) at 48 kHz, without a checkpoint.

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
        truncation=truncation(fused=fused),
    )
    return log_mel(extractor, window, fused=fused)[0]


def check_extractor(extractor: Any, source: str, *, fused: bool) -> None:
    """Refuse a preprocessor whose spectrograms are not those that LAION's networks learned with.

    Raises:
        ConfigError: names what it got and what it expected.
    """
    found = (
        extractor.frequency_min,
        extractor.sampling_rate,
        extractor.max_length_s,
        extractor.truncation,
    )
    expected = (LOWEST_HZ, RATE_HZ, 10, truncation(fused=fused))
    if found != expected:
        raise ConfigError(
            f"Embedder 'clap': the preprocessor of '{source}' has frequency_min, sampling_rate, "
            f"max_length_s and truncation {found}; expected {expected}, with which LAION's "
            "networks learned. Correct its preprocessor_config.json."
        )
