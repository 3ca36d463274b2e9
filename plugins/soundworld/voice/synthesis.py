"""An utterance → its sound: pulses and noise, through filters that follow the mouth.

Shapes: N samples, F frames, K frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..plan import generator
from ..signals import Signal, harmonics, noise
from .curves import Curves, pitch_curve, speech_curves
from .filters import for_noise, for_pulses, mixed, mouth_filter, noise_filter
from .speakers import Speaker
from .timing import Timing, time_text

LEVEL = np.float32(0.16)
"""Root mean square of a vowel."""
FRAME_SECONDS = 0.008
"""How often the filters change; a window is twice as long, a transform four times."""
USABLE = 0.47
"""Harmonics end at this share of the rate."""


@dataclass(frozen=True)
class Utterance:
    """What is said, by whom, how fast.

    Attributes:
        text: lower-case words.
        speaker: whose pitch, resonances and breath are heard.
        pace: usually the speaker's; another one's where somebody's timing is imitated.
        rate: samples per second.
        key: of the random stream of noise and pitch; nothing else is random.
    """

    text: str
    speaker: Speaker
    pace: float
    rate: int
    key: tuple[int, ...]

    @property
    def timing(self) -> Timing:
        """Return when each character is heard."""
        return time_text(self.text, self.pace, self.rate)


def speak(utterance: Utterance) -> Signal:
    """Return an utterance (N,) float32 within ±1; spaces are exactly silent.

    Raises:
        DataError: if the text has characters that have no phone.

    Source: Fant 1960, "Acoustic Theory of Speech Production" (source and filter).
    """
    timing, speaker, rate = utterance.timing, utterance.speaker, utterance.rate
    curves = speech_curves(timing, speaker, hop=round(FRAME_SECONDS * rate))
    rng = generator(utterance.key)
    pitch = pitch_curve(timing, speaker, rng)
    overtones = np.ones(int(USABLE * rate / float(pitch.min())), np.float32)
    pulses = harmonics(pitch, overtones, timing.samples, rate)
    hiss = noise(rng, timing.samples, rate, np.ones_like)
    spectra = _filtered(pulses, hiss, pitch, curves, speaker)
    return _overlap_add(spectra, curves.hop, timing.samples) * curves.words * LEVEL


def _filtered(
    pulses: Signal, hiss: Signal, pitch: Signal, curves: Curves, speaker: Speaker
) -> NDArray[np.complex64]:
    """Return the spectra (F, K) of voice and noise, each at its level behind its filter."""
    hop = curves.hop
    frequencies = np.fft.rfftfreq(4 * hop, 1 / curves.rate).astype(np.float32)
    mouth = mouth_filter(curves, speaker, frequencies)
    breath = np.float32(speaker.breath) * curves.voice
    rough = mixed(
        noise_filter(curves, frequencies), for_noise(mouth), curves.noise[::hop], breath[::hop]
    )
    voiced = _frames(pulses * curves.voice, hop) * for_pulses(mouth, pitch[::hop], frequencies)
    return voiced + _frames(hiss * np.hypot(curves.noise, breath), hop) * rough


def _frames(samples: Signal, hop: int) -> NDArray[np.complex64]:
    """Return the spectra (F, K) of frames around samples 0, hop, …; the windows add up to 1."""
    window = np.hanning(2 * hop + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, (hop, 2 * hop))
    frames = np.lib.stride_tricks.sliding_window_view(padded, window.size)[::hop]
    count = -(-samples.size // hop)
    return np.fft.rfft(frames[:count] * window, 4 * hop, axis=1).astype(np.complex64)


def _overlap_add(spectra: NDArray[np.complex64], hop: int, samples: int) -> Signal:
    """Return the sum (N,) of frames, each at its time.

    A frame is half of its transform; what rings before it stands at the transform's end.
    """
    made = np.roll(np.fft.irfft(spectra, axis=1), hop, axis=1).reshape(len(spectra), 4, hop)
    total = np.zeros((len(made) + 4, hop), np.float32)
    for i in range(4):
        total[i : i + len(made)] += made[:, i]
    return total.reshape(-1)[2 * hop : 2 * hop + samples]
