"""Make the samples of the task pages: ``python docs/samples.py RUN [EARS]``.

RUN is the folder of ``audio-omni demo --full``. Of each task it takes held-out row number 2 (of
row 0, 1, 2, …, never the best one), and writes what went in, the exact answer and what the model
made, as Ogg Vorbis, and a picture of their spectrograms.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from audio_omni.core.media.mel import LogMel
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.metric import Measured
from audio_omni.core.pipeline import Pipeline
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.restore import restore_model, saved_recipe
from audio_omni.plugins.demo.full.cases import ask, cases_of, held_out
from audio_omni.plugins.manager import build_plugin_manager

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAMPLES = Path(__file__).resolve().parent / "samples"
NUMBER = 2
INCHES = (2.7, 1.35)
RANGE = (-7.0, 3.0)
"""Natural logarithm of magnitude, from black to yellow."""
TITLES = {"source": "given", "reference": "exact answer", "generated": "model"}


def samples(run: Path, folder: Path) -> Iterator[Path]:
    """Write the sample of every task of a run that makes audio; yield the pictures' paths."""
    catalog = build_plugin_manager(entry_points=False)
    pipeline = restore_model(run, catalog, "cpu")
    recipe = saved_recipe(load_checkpoint(run))
    done: set[str] = set()
    for case in cases_of(recipe, catalog):
        if case.task not in done:
            done.add(case.task)
            row = held_out(case, catalog, pipeline, NUMBER + 1)[NUMBER]
            clip = ask(case, [row], pipeline, recipe.seed + NUMBER).clips[0]
            yield _write(case.task, _words(case.task, pipeline, row), clip, folder)


def _words(task: str, pipeline: Pipeline, row) -> str:  # type: ignore[no-untyped-def]
    """Return what the request says: what is to be spoken, or the prompt."""
    payloads = pipeline.examples(task, [row])[0].payloads
    said = payloads.get("transcript") or payloads["prompt"]
    return str(said.text)  # type: ignore[attr-defined]


def _write(task: str, words: str, clip: Measured, folder: Path) -> Path:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    sounds = {name: getattr(clip, name) for name in TITLES if getattr(clip, name) is not None}
    figure = Figure(figsize=(len(TITLES) * INCHES[0], INCHES[1]))
    axes: Sequence[Axes] = figure.subplots(1, len(TITLES))
    for axis in axes:
        axis.set_axis_off()
    for axis, (name, sound) in zip(axes, sounds.items(), strict=False):
        _draw(axis, sound)
        axis.set_title(TITLES[name], fontsize=8, loc="left", pad=2)
        _save(sound, folder / f"{task}-{name}.ogg")
    figure.suptitle(words, fontsize=9, x=0.005, y=0.99, ha="left")
    figure.subplots_adjust(0.005, 0.02, 0.995, 0.76, 0.02, 0)
    path = folder / f"{task}.png"
    figure.savefig(path, dpi=100)
    _in_few_colours(path)
    return path


def _draw(axis: Axes, sound: Waveform) -> None:
    mel = LogMel(sample_rate_hz=sound.sample_rate_hz, fft_size=1024, hop=128, mels=80)
    bands = mel(sound.samples.mean(dim=0)).numpy()
    axis.imshow(bands, aspect="auto", origin="lower", vmin=RANGE[0], vmax=RANGE[1])


def _save(sound: Waveform, path: Path) -> None:
    """Write a clip no louder than 1, as a listener's player would."""
    import soundfile

    peak = max(1.0, float(sound.samples.abs().max()))
    values = (sound.samples / peak).T.numpy()
    soundfile.write(path, values, sound.sample_rate_hz, format="OGG", subtype="VORBIS")


def _in_few_colours(path: Path) -> None:
    """Write a picture again in 64 colours, a third of the bytes."""
    from PIL import Image

    Image.open(path).convert("RGB").quantize(64).save(path, optimize=True)


def main(arguments: Sequence[str]) -> int:
    """Write the samples of the run whose folder is given."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("Give one folder, that of a run: python docs/samples.py RUN\n")
        return 2
    SAMPLES.mkdir(exist_ok=True)
    torch.manual_seed(0)
    for path in samples(Path(arguments[0]), SAMPLES):
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
