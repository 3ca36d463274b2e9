"""What Synchformer hears: normalised log-mel spectrograms of overlapping segments.

Shapes: N samples, S segments, T = 66 frames, M = 128 mel bands.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor, nn
from torch.nn import functional

from ...statistics.sync import AUDIO_RATE_HZ, AUDIO_SAMPLES, AUDIO_STEP
from .audio_branch import FRAMES, MELS

WINDOW, HOP, N_FFT = 400, 160, 1024
OFFSET = 1e-6
"""Added before the logarithm."""

MEAN, DEVIATION = -4.2677393, 4.5689974
"""Of AudioSet, as the Audio Spectrogram Transformer was trained with them."""

FACTS = (
    f"segments of {AUDIO_SAMPLES} samples every {AUDIO_STEP}, each with mirrored edges; ln(power "
    f"of {MELS} HTK mel bands + {OFFSET:g}), Hann {WINDOW}, hop {HOP}, FFT {N_FFT}; zeros up to "
    f"{FRAMES} frames; (x + {-MEAN}) / (2 · {DEVIATION})"
)


def spectrograms(samples: Tensor) -> Tensor:
    """Return (S, T, M) float32 of a clip (N,) at 16 kHz, N of one segment or more.

    Frames of zeros are added to the logarithms, before these are normalised, as the network has
    learned.

    Source: Iashin et al. 2024, "Synchformer", and its published transforms.
    """
    segments = samples.float().unfold(0, AUDIO_SAMPLES, AUDIO_STEP)
    logs = torch.log(_mel_power()(segments) + OFFSET)
    padded = functional.pad(logs, (0, FRAMES - logs.shape[-1]))
    return ((padded - MEAN) / (2 * DEVIATION)).transpose(1, 2).contiguous()


@functools.cache
def _mel_power() -> nn.Module:
    import torchaudio

    return torchaudio.transforms.MelSpectrogram(
        AUDIO_RATE_HZ, n_fft=N_FFT, win_length=WINDOW, hop_length=HOP, n_mels=MELS
    )
