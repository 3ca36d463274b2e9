"""When sounds begin: peaks of the spectral flux, each moved to its attack in the samples.

Shapes: N samples, M mel bands, T frames, W frames around a moment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..core.media.mel import mel_filterbank
from ..core.media.waveform import Waveform
from .hearing import SAMPLE_RATE_HZ, mono_at_16k

N_FFT = 512
HOP = 80
MELS = 40
LAG = 6
"""Frames over which a rise is taken: 30 ms, so that an attack is seen whole."""
NEIGHBOURS = 3
"""Bands to either side from which a level may come without having risen: a tone that glides."""
BEFORE_S, AFTER_S = 0.05, 0.02
"""Where an attack is looked for, around the peak of the flux."""
EDGE = 16
"""Samples to either side of a cut in two: variances of fewer say nothing."""


@dataclass(frozen=True)
class OnsetDetector:
    """What counts as an onset.

    Attributes:
        range_db: a band counts as silent this far below the loudest of its clip, so that a faint
            hiss that begins is no onset.
        rise_db: how far the bands must rise within 30 ms, in the root mean square over bands and
            above the median nearby; one band alone must rise by six times as much.
        share: how far it must rise, as a share of the sharpest onset of the clip.
        nearby_s: how far "nearby" reaches to either side.
        refractory_s: shortest time between two onsets; of two nearer ones the sharper is kept.
    """

    range_db: float = 50.0
    rise_db: float = 3.5
    share: float = 0.3
    nearby_s: float = 0.5
    refractory_s: float = 0.15

    def onsets(self, waveform: Waveform) -> np.ndarray:
        """Return the onsets of a clip of any rate, in seconds, ascending; silence has none.

        Raises:
            RequestError: for a clip that is too short or holds non-finite samples.
        """
        samples = mono_at_16k("OnsetDetector", waveform, N_FFT // 2).numpy()
        if not samples.any():
            return np.zeros(0)
        frames = self.peaks(self.rises(samples))
        found = [attack(samples, int(frame) * HOP) for frame in frames]
        return np.sort(np.asarray(found, dtype=float)) / SAMPLE_RATE_HZ

    def rises(self, samples: np.ndarray) -> np.ndarray:
        """Return how far the bands rise at each frame, in dB, (T,), of a signal (N,).

        A band rises by what it is louder than the loudest of its neighbours was `LAG` frames ago,
        so that sirens and vibrato do not begin again and again.

        Source: Böck and Widmer 2013, "Maximum Filter Vibrato Suppression for Onset Detection"
        (SuperFlux), here with the root mean square over bands.
        """
        levels = _levels(samples, self.range_db)
        around = np.pad(levels, ((NEIGHBOURS, NEIGHBOURS), (LAG, 0)), mode="edge")[:, :-LAG]
        windows = np.lib.stride_tricks.sliding_window_view(around, 2 * NEIGHBOURS + 1, axis=0)
        risen = np.maximum(levels - windows.max(axis=-1), 0.0)
        return np.sqrt(np.square(risen).mean(axis=0))

    def peaks(self, rises: np.ndarray) -> np.ndarray:
        """Return the frames at which rises (T,) stand out, ascending."""
        reach = round(self.nearby_s * SAMPLE_RATE_HZ / HOP)
        nearby = np.lib.stride_tricks.sliding_window_view(
            np.pad(rises, reach, mode="edge"), 2 * reach + 1
        )
        sharp = rises - np.median(nearby, axis=1)
        least = max(self.rise_db, self.share * float(sharp.max()))
        apart = round(self.refractory_s * SAMPLE_RATE_HZ / HOP)
        kept: list[int] = []
        for frame in np.argsort(-sharp, kind="stable"):
            if sharp[frame] < least:
                break
            if all(abs(int(frame) - other) >= apart for other in kept):
                kept.append(int(frame))
        return np.sort(np.asarray(kept, dtype=int))


def attack(samples: np.ndarray, near: int) -> int:
    """Return the sample at which a sound begins: where cutting in two tells most.

    Left and right of it the signal is taken for two noises of unlike power; of all cuts around
    ``near`` the likeliest is returned (least Akaike information criterion).

    Args:
        samples: (N,) the signal.
        near: a sample at most 50 ms after the beginning, and at most 20 ms before it.

    Source: Maeda 1985, "A Method for Reading and Checking Phase Times in Auto-Processing System
    of Seismic Wave Data".
    """
    start = max(0, near - round(BEFORE_S * SAMPLE_RATE_HZ))
    part = samples[start : near + round(AFTER_S * SAMPLE_RATE_HZ)].astype(float)
    size = part.size
    if size <= 2 * EDGE:
        return min(near, samples.size - 1)
    power = np.cumsum(part**2)
    tiny = 1e-9 * float(power[-1]) / size + 1e-30
    cut = np.arange(EDGE, size - EDGE)
    left, right = power[cut - 1] / cut, (power[-1] - power[cut - 1]) / (size - cut)
    criterion = cut * np.log(left + tiny) + (size - cut) * np.log(right + tiny)
    return start + int(cut[np.argmin(criterion)])


def _levels(samples: np.ndarray, range_db: float) -> np.ndarray:
    """Return levels in dB (M, T), none further below the loudest than the range."""
    bank = mel_filterbank(
        bins=N_FFT // 2 + 1,
        sample_rate_hz=SAMPLE_RATE_HZ,
        mels=MELS,
        f_min_hz=30.0,
        f_max_hz=SAMPLE_RATE_HZ / 2,
    )
    spectrum = torch.stft(
        torch.from_numpy(samples),
        N_FFT,
        HOP,
        window=torch.hann_window(N_FFT),
        pad_mode="reflect",  # of zeros, every clip would begin with a rise
        return_complex=True,
    )
    levels = 10.0 * torch.log10(bank.T @ spectrum.abs().square() + 1e-20).numpy()
    return np.maximum(levels, levels.max() - range_db)
