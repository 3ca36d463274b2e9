"""How good a recording of speech is: its noise, its true bandwidth, whether it was clipped.

The estimators are ours; none is a standard's. Shapes: N samples, F frames, K frequencies.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..sound.guards import FULL_SCALE, Signal

FRAME_S, HOP_S = 0.02, 0.01
QUIET_SHARE = 0.1
"""Share of the frames that are taken for the pauses of a speaker."""
LOUD_PERCENTILE = 95.0
LEAST_FRAMES = 20
DIGITAL_SILENCE = 2.0**-16
"""Frames whose every sample is smaller hold nothing that a microphone heard: gates, padding."""

SPECTRUM_S = 0.032
BAND_HZ = 250.0
OCCUPIED_DB = 60.0
"""How far under the strongest band of 250 Hz a band may lie and still carry speech."""

CLIPPED_RUN = 3
"""So many samples at full scale in a row are a wave that was cut, not one that just reached it."""


def snr_db(samples: Signal, sample_rate_hz: int) -> float | None:
    """Return an estimate of the signal-to-noise ratio of (N,) samples of speech, in dB.

    The noise is the mean power of the quietest tenth of the frames of 20 ms; the speech that of
    the frames which lie nearer, in dB, to the loud ones (95th percentile) than to the noise, less
    the noise. Frames of digital silence do not count. Of speech over steady noise it is a little
    too high, for the fainter frames of speech are left out: by half a dB above 25 dB, by one to
    three near 15 dB. Who never pauses has no frames of noise, and gets an estimate that is too low.

    Returns:
        The ratio; `None` where fewer than 20 frames are left. Infinite where pauses hold nothing.
    """
    power = frame_powers(samples, sample_rate_hz)
    if len(power) < LEAST_FRAMES:
        return None
    ordered = np.sort(power)
    noise = float(ordered[: max(1, round(QUIET_SHARE * len(ordered)))].mean())
    loud = float(np.percentile(ordered, LOUD_PERCENTILE))
    threshold = float(np.sqrt(noise * loud))  # half-way in dB
    speech = float(power[power > threshold].mean()) if bool((power > threshold).any()) else noise
    if speech <= noise:
        return 0.0
    return float(10 * np.log10((speech - noise) / noise)) if noise > 0 else float("inf")


def frame_powers(samples: Signal, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the mean squares (F,) of frames of 20 ms, one each 10 ms; silent ones left out."""
    size, hop = round(FRAME_S * sample_rate_hz), round(HOP_S * sample_rate_hz)
    if len(samples) < size:
        return np.zeros(0)
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::hop].astype(np.float64)
    centred = frames - frames.mean(axis=1, keepdims=True)  # an offset is no sound
    sounding = np.abs(centred).max(axis=1) >= DIGITAL_SILENCE
    return np.asarray(np.square(centred[sounding]).mean(axis=1))


def occupied_hz(samples: Signal, sample_rate_hz: int) -> float:
    """Return the frequency up to which (N,) samples of speech carry anything.

    That is the upper end of the highest band of 250 Hz whose level in its loudest frames (95th
    percentile: hisses are short) is within 60 dB of the strongest band's. Where energy ends, as
    the roll-off of other guards has it, says little of speech, nearly all of whose energy lies
    under 4 kHz; a copy of a telephone's band at a higher rate has nothing above.
    """
    size = round(SPECTRUM_S * sample_rate_hz)
    if len(samples) < size:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]
    spectrum = np.abs(np.fft.rfft(frames * _window(size), axis=1)) ** 2
    width = max(1, round(BAND_HZ * size / sample_rate_hz))
    bands = spectrum.shape[1] // width
    level = spectrum[:, : bands * width].reshape(len(frames), bands, width).sum(axis=2)
    loud = np.percentile(level, LOUD_PERCENTILE, axis=0)
    if loud.max() <= 0:
        return 0.0
    carrying = np.flatnonzero(loud >= loud.max() * 10 ** (-OCCUPIED_DB / 10))
    return float(min((carrying[-1] + 1) * width * sample_rate_hz / size, sample_rate_hz / 2))


def longest_clipped_run(samples: Signal) -> int:
    """Return the most samples in a row of (N,) that are at full scale on one side."""
    longest = 0
    for side in (samples >= FULL_SCALE, samples <= -FULL_SCALE):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], side, [False]]).astype(np.int8)))
        if len(edges):
            longest = max(longest, int((edges[1::2] - edges[::2]).max()))
    return longest


def _window(size: int) -> NDArray[np.float32]:
    """Return a Blackman-Harris window (size,): its side lobes are under -92 dB."""
    turn = 2 * np.pi * np.arange(size) / size
    terms = (0.35875, -0.48829, 0.14128, -0.01168)
    window = sum(a * np.cos(k * turn) for k, a in enumerate(terms))
    return np.asarray(window, np.float32)
