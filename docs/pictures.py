"""Draw the pictures of the docs: ``python docs/pictures.py soundworld``.

Nothing in them is drawn by hand, so they show the code as it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from audio_omni.core.media.mel import LogMel
from audio_omni.plugins.soundworld.config import SoundworldOptions
from audio_omni.plugins.soundworld.moods import mood_of
from audio_omni.plugins.soundworld.pictures.dance import film_melody, plan_moody_melody
from audio_omni.plugins.soundworld.pictures.film import film_impacts
from audio_omni.plugins.soundworld.pictures.motion import FPS
from audio_omni.plugins.soundworld.pictures.plan import plan_impacts
from audio_omni.plugins.soundworld.plan import plan_key
from audio_omni.plugins.soundworld.source import render_labelled, render_speech
from audio_omni.plugins.soundworld.vocabulary import EVENT_LABELS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGES = Path(__file__).resolve().parent / "images"
COLUMNS, CELL_INCHES = 3, (1.6, 0.95)
DRAWS = 2
RANGE = (-6.0, 4.0)
"""Natural logarithm of magnitude, from black to yellow."""
SENTENCES = (("boris", "the quick fox jumps"), ("ida", "the quick fox jumps"),
             ("david", "don't give my zebra away"))  # fmt: skip
SPEECH_SECONDS = 2.6


def soundworld(folder: Path) -> Path:
    """Draw every kind of event twice, over different backgrounds; return the picture's path."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    rows = -(-len(EVENT_LABELS) // COLUMNS)
    across = COLUMNS * DRAWS
    figure = Figure(figsize=(across * CELL_INCHES[0], rows * CELL_INCHES[1]))
    axes = figure.subplots(rows, across)
    for axis in axes.flat:
        axis.set_axis_off()
    for i, label in enumerate(EVENT_LABELS):
        for draw in range(DRAWS):
            axis = axes[i // COLUMNS, i % COLUMNS * DRAWS + draw]
            axis.imshow(
                _spectrogram(label, draw + 1),
                aspect="auto",
                origin="lower",
                interpolation="nearest",
                vmin=RANGE[0],
                vmax=RANGE[1],
            )
            if draw == 0:
                axis.set_title(label, fontsize=8, loc="left", pad=2)
    figure.subplots_adjust(0.005, 0.005, 0.995, 0.97, 0.03, 0.25)
    return _save(figure, folder / "soundworld-events.png")


def speech(folder: Path) -> Path:
    """Draw what speakers say, each character where it is heard; return the picture's path."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(COLUMNS * DRAWS * CELL_INCHES[0], 1.7 * len(SENTENCES)))
    mel = LogMel(sample_rate_hz=16000, fft_size=512, hop=80, mels=80)
    for axis, (name, text) in zip(figure.subplots(len(SENTENCES), 1), SENTENCES, strict=True):
        samples, timing = render_speech(text, name, 0)
        ends = (0.0, timing.samples / timing.rate, 0.0, 1.0)
        bands = mel(torch.from_numpy(samples)).numpy()
        axis.imshow(
            bands, aspect="auto", origin="lower", extent=ends, vmin=RANGE[0] - 1, vmax=RANGE[1] - 2
        )
        axis.set(xlim=(0, SPEECH_SECONDS), yticks=[], ylabel=name)
        middles = [(span.onset + span.length / 2) / timing.rate for span in timing.phones]
        axis.set_xticks(middles, list(text))
        axis.tick_params(length=0, labelsize=8)
    figure.subplots_adjust(0.03, 0.06, 0.995, 0.99, 0, 0.25)
    return _save(figure, folder / "soundworld-speech.png")


def sights(folder: Path) -> Path:
    """Draw frames around an impact of each kind, then around a beat in each mood."""
    from PIL import Image

    options, strips = SoundworldOptions(), {}
    for index in range(400):
        plan = plan_impacts(options, plan_key(options, "impacts", index))
        at = plan.events[-1].onset / plan.rate
        strips.setdefault(f"1 {plan.events[0].label}", _strip(film_impacts(plan), at))
        plan = plan_moody_melody(options, plan_key(options, "scenes", index))
        assert plan.melody is not None  # noqa: S101 - for the type checker
        at = plan.melody.notes[1].onset / plan.rate
        strips.setdefault(f"2 {mood_of(plan.melody)}", _strip(film_melody(plan), at))
    path = folder / "soundworld-sights.png"
    sheet = np.concatenate([strips[name] for name in sorted(strips)])
    Image.fromarray(sheet).quantize(256).save(path, optimize=True)
    return path


def _strip(frames: np.ndarray, seconds: float) -> np.ndarray:
    """Return the frames around a moment side by side; the fifth is the nearest to it."""
    nearest = round(seconds * FPS)
    numbers = np.clip(np.arange(nearest - 4, nearest + 7), 0, len(frames) - 1)
    return np.concatenate(frames[numbers], axis=1)


def _save(figure: Figure, path: Path) -> Path:
    """Write a figure in 48 colours, a third of the bytes."""
    from PIL import Image

    drawn = BytesIO()
    figure.savefig(drawn, dpi=80)
    Image.open(drawn).convert("RGB").quantize(48).save(path, optimize=True)
    return path


def _spectrogram(label: str, draw: int) -> np.ndarray:
    """Return the log-mel spectrogram (64, frames) of an event over a background."""
    options = SoundworldOptions()
    scene, _ = render_labelled(label, draw, options)
    mel = LogMel(sample_rate_hz=options.sample_rate_hz, fft_size=1024, hop=256, mels=64)
    return mel(torch.from_numpy(scene.mixture)).numpy()


PICTURES: dict[str, Callable[[Path], Path]] = {
    "soundworld": soundworld,
    "speech": speech,
    "sights": sights,
}


def main(names: Sequence[str]) -> int:
    """Draw the named pictures; without a name, all."""
    unknown = sorted(set(names) - set(PICTURES))
    if unknown:
        sys.stderr.write(f"No picture {', '.join(unknown)}; known: {', '.join(PICTURES)}.\n")
        return 2
    IMAGES.mkdir(exist_ok=True)
    for name in names or PICTURES:
        sys.stdout.write(f"wrote {PICTURES[name](IMAGES)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
