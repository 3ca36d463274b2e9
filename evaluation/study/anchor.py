"""The low anchor: a reference that is plainly worse. Shapes: C channels, N samples."""

from __future__ import annotations

import math

import numpy as np
import torch

from ...core.errors import MediaError
from ...core.media.waveform import Waveform

CUTOFF_HZ = 3500.0
_STOP_DB, _TRANSITION_HZ = 80.0, 500.0
_AUDIBLE_SHARE = 1e-3
"""Power above the cut-off, as a share of all, below which its loss is hard to hear: -30 dB."""


def low_anchor(reference: Waveform) -> Waveform:
    """Return the reference low-passed at 3.5 kHz, of the same length, without delay.

    A Kaiser-windowed sinc: 6 dB down at 3.5 kHz, 80 dB down 250 Hz above it.

    Raises:
        MediaError: if the rate leaves nothing above the cut-off to take away.

    Source: ITU-R BS.1534-3 (the cut-off); Kaiser 1974 (the window).
    """
    rate = reference.sample_rate_hz
    if rate / 2 <= CUTOFF_HZ:
        raise MediaError(
            f"Got a reference at {rate} Hz, which holds nothing above {CUTOFF_HZ:g} Hz: its anchor "
            "would be itself. Give references of at least 16000 Hz, or none."
        )
    samples = reference.samples.detach().cpu().double().numpy()
    kernel = _kernel(rate)
    length = samples.shape[-1] + len(kernel) - 1
    spectrum = np.fft.rfft(samples, length) * np.fft.rfft(kernel, length)
    delay = len(kernel) // 2
    passed = np.fft.irfft(spectrum, length)[:, delay : delay + samples.shape[-1]]
    note = f"low-passed at {CUTOFF_HZ:g} Hz"
    return reference.converted(torch.from_numpy(passed.astype(np.float32)), note)


def is_dull(reference: Waveform, anchor: Waveform) -> bool:
    """Tell whether so little of a reference lies above the cut-off that both sound alike."""
    power = float(reference.samples.double().square().sum())
    lost = float((reference.samples.double() - anchor.samples.double()).square().sum())
    return lost <= _AUDIBLE_SHARE * power


def _kernel(rate: int) -> np.ndarray:
    """Return the filter's response: odd, symmetric, of sum 1."""
    beta = 0.1102 * (_STOP_DB - 8.7)
    width = 2 * math.pi * _TRANSITION_HZ / rate
    half = math.ceil((_STOP_DB - 7.95) / (2.285 * width) / 2)
    times = np.arange(-half, half + 1)
    kernel = np.sinc(2 * CUTOFF_HZ / rate * times) * np.kaiser(2 * half + 1, beta)
    return kernel / kernel.sum()
