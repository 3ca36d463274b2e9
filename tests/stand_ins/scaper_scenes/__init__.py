"""Three scenes that Scaper 1.6.5 rendered, without pitch and stretch, and the sounds in them.

The sounds are made anew by `write_sounds`: sums of sines and a counted noise, the same numbers
from any version of numpy. What Scaper made of them is in ``expected.json``; ``make.py`` wrote it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

FOLDER = Path(__file__).parent
SCENES = ("quiet", "overlapping", "hot")
HOP = 160
"""Samples of a level in ``expected.json``."""


def noise(count: int, seed: int = 1) -> np.ndarray:
    """Numbers in −1 … 1 by Lehmer's generator."""
    state, found = seed, np.empty(count)
    for k in range(count):
        state = state * 48271 % 2147483647
        found[k] = 2 * state / 2147483647 - 1
    return found


def decaying(hertz: float, seconds: float, rate: int, loss: float) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return np.sin(2 * np.pi * hertz * t) * np.exp(-loss * t)


def write_sounds(folder: Path) -> None:
    """Write the recordings of all scenes below ``audio``."""
    made = {
        "fg/bell/bell.wav": (0.4 * decaying(660, 1.4, 16000, 3.0), 16000),
        "fg/knock/knock.wav": (0.6 * decaying(180, 0.30, 32000, 20.0), 32000),
        "fg/horn/horn.wav": (0.2 * decaying(330, 0.9, 16000, 0.0), 16000),
        "bg/hiss/hiss.wav": (0.05 * noise(48000), 16000),
        "bg/hum/hum.wav": (0.1 * decaying(110, 0.8, 16000, 0.0) + 0.01 * noise(12800, 7), 16000),
    }
    for name, (samples, rate) in made.items():
        path = folder / "audio" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate, subtype="PCM_24")


def told_of(part: np.ndarray) -> dict[str, object]:
    """What is kept of a part (N,): where it sounds, its levels every 10 ms, and some samples."""
    sounding = np.flatnonzero(part)
    frames = part[: len(part) // HOP * HOP].reshape(-1, HOP)
    return {
        "samples": len(part),
        "first": int(sounding[0]),
        "last": int(sounding[-1]),
        "rms": [float(f"{v:.6g}") for v in np.sqrt((frames**2).mean(axis=1))],
        "every_101st": [float(f"{v:.7g}") for v in part[::101]],
    }
