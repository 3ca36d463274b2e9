"""What CNN14 hears: decibels of mel bands. Shapes: B batch, N samples, T frames, M mel bands.

K = window // 2 + 1 frequencies. The published checkpoint stores these matrices beside its weights;
here they are computed, and `check_front_end` holds a checkpoint to them, so that an option and a
file cannot disagree in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import CheckpointError, MediaError

MELS = 64
FLOOR = 1e-10
PREFIXES = ("spectrogram_extractor.", "logmel_extractor.")
TOLERANCE = 1e-5
"""Of a stored matrix, whose greatest entries are 1; the published ones differ by 1e-6."""


@dataclass(frozen=True)
class FrontEnd:
    """Rate, window and band of a variant of CNN14.

    Attributes:
        sample_rate_hz: of the waveforms.
        window: samples of the periodic Hann window, and of the transform.
        hop: samples from frame to frame.
        f_min_hz: where the first mel band begins.
        f_max_hz: where the last one ends.
    """

    sample_rate_hz: int
    window: int
    hop: int
    f_min_hz: float
    f_max_hz: float

    def frames(self, samples: int) -> int:
        """Return the number of frames of a clip."""
        return samples // self.hop + 1


FRONT_ENDS = {
    "16k": FrontEnd(16000, window=512, hop=160, f_min_hz=50.0, f_max_hz=8000.0),
    "32k": FrontEnd(32000, window=1024, hop=320, f_min_hz=50.0, f_max_hz=14000.0),
}


class LogMelPower(nn.Module):
    """10·log10 of mel-weighted power, floored at 1e-10; centred frames with reflected edges.

    Source: Kong et al. 2020, "PANNs: Large-Scale Pretrained Audio Neural Networks for Audio
    Pattern Recognition", section III-A.
    """

    real: Tensor
    imaginary: Tensor
    mel: Tensor

    def __init__(self, front_end: FrontEnd) -> None:
        """Compute the matrices, rounded to float32 as the published ones are."""
        super().__init__()
        self.front_end = front_end
        real, imaginary = fourier_matrices(front_end.window)
        self.register_buffer("real", real, persistent=False)
        self.register_buffer("imaginary", imaginary, persistent=False)
        self.register_buffer("mel", slaney_filters(front_end), persistent=False)

    def forward(self, waveforms: Tensor) -> Tensor:
        """Return (B, T, M) in dB of waveforms (B, N), nominally within -1…1.

        Raises:
            MediaError: if a clip is too short to reflect half a window.
        """
        half = self.front_end.window // 2
        if waveforms.shape[-1] <= half:
            raise MediaError(
                f"CNN14 got {waveforms.shape[-1]} samples; expected more than {half}, half a "
                "window. Measure longer clips."
            )
        padded = functional.pad(waveforms[:, None], (half, half), mode="reflect")[:, 0]
        frames = padded.unfold(-1, self.front_end.window, self.front_end.hop)
        power = (frames @ self.real.T).square() + (frames @ self.imaginary.T).square()
        return 10.0 * (power @ self.mel).clamp_min(FLOOR).log10()


def fourier_matrices(window: int) -> tuple[Tensor, Tensor]:
    """Return real and imaginary part (K, window) float32 of a Hann-windowed Fourier transform."""
    samples = np.arange(window)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * samples / window)
    turns = np.outer(np.arange(window // 2 + 1), samples) % window
    angles = 2 * np.pi * turns / window
    real, imaginary = np.cos(angles) * hann, -np.sin(angles) * hann
    return _float32(real), _float32(imaginary)


def slaney_filters(front_end: FrontEnd) -> Tensor:
    """Return mel triangles (K, M) float32 of equal area, on the scale that is linear below 1 kHz.

    Source: Slaney 1998, "Auditory Toolbox", mfcc.
    """
    bins = np.linspace(0, front_end.sample_rate_hz / 2, front_end.window // 2 + 1)
    low, high = _mel(front_end.f_min_hz), _mel(front_end.f_max_hz)
    edges = _hz(np.linspace(low, high, MELS + 2))
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    # Rounded before they are weighed, as in the published matrices.
    triangles = np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)
    return _float32(triangles * (2.0 / (edges[2:] - edges[:-2])))


def stored_front_end(front_end: FrontEnd) -> dict[str, Tensor]:
    """Return the matrices under the names and in the shapes of the published checkpoint."""
    real, imaginary = fourier_matrices(front_end.window)
    return {
        "spectrogram_extractor.stft.conv_real.weight": real[:, None],
        "spectrogram_extractor.stft.conv_imag.weight": imaginary[:, None],
        "logmel_extractor.melW": slaney_filters(front_end),
    }


def check_front_end(tensors: Mapping[str, Tensor], front_end: FrontEnd, where: str) -> None:
    """Raise unless the matrices that a checkpoint stores, if it does, are those of the formulas.

    Raises:
        CheckpointError: names the matrix, and how far it is off or which shape it has.
    """
    expected = stored_front_end(front_end)
    for name, matrix in tensors.items():
        if not name.startswith(PREFIXES):
            continue
        wanted = expected.get(name)
        if wanted is None or matrix.shape != wanted.shape:
            raise CheckpointError(
                f"{where}: '{name}' {tuple(matrix.shape)} is no matrix of a CNN14 for "
                f"{front_end.sample_rate_hz} Hz. Name the variant that the file holds."
            )
        worst = float((matrix.double() - wanted.double()).abs().max())
        if not worst <= TOLERANCE:
            raise CheckpointError(
                f"{where}: '{name}' is up to {worst:.2g} off the formula for "
                f"{front_end.sample_rate_hz} Hz, {front_end.f_min_hz:g} to "
                f"{front_end.f_max_hz:g} Hz; expected at most {TOLERANCE:g}. It was trained with "
                "another front end, so its scores would not be CNN14's."
            )


def _mel(hz: float) -> float:
    return float(15.0 + np.log(hz / 1000.0) * 27.0 / np.log(6.4)) if hz >= 1000.0 else hz * 0.015


def _hz(mel: np.ndarray) -> np.ndarray:
    linear = mel / 0.015
    return np.where(mel >= 15.0, 1000.0 * np.exp((mel - 15.0) * np.log(6.4) / 27.0), linear)


def _float32(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
