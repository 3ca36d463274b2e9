"""Make the samples of the task pages: ``python docs/samples.py RUN``.

RUN is the folder of ``audio-omni demo --full``. Of each task it takes the third held-out row,
whatever it sounds like, and writes what is given, the exact answer and what the model made, as Ogg
Vorbis, and a picture of their spectrograms; of questions, the first of each skill, as a table.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from audio_omni.core.catalog import Catalog
from audio_omni.core.media.mel import LogMel
from audio_omni.core.media.video_file import VideoClip
from audio_omni.core.media.waveform import Waveform
from audio_omni.core.pipeline import Pipeline
from audio_omni.core.source import Row
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.restore import restore_model, saved_recipe
from audio_omni.plugins.demo.full.answers import answered
from audio_omni.plugins.demo.full.cases import Case, ask, cases_of, held_out
from audio_omni.plugins.demo.full.run import EARS
from audio_omni.plugins.manager import build_plugin_manager

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SAMPLES = Path(__file__).resolve().parent / "samples"
NUMBER = 2
QUESTIONS = 24
INCHES, COLUMNS = (2.7, 1.4), 4
RANGE = (-7.0, 3.0)
"""Natural logarithm of magnitude, from black to yellow."""
UNTRAINED_ROWS = "soundworld:add"
"""What edits that need no training are shown on."""
SHOWN = 3
"""Frames of a video that are shown."""


def write_samples(run: Path, folder: Path) -> Iterator[Path]:
    """Write the sample of every task of a run; yield the paths of the pictures and the table."""
    catalog = build_plugin_manager(entry_points=False)
    pipeline = restore_model(run, catalog, "cpu")
    recipe = saved_recipe(load_checkpoint(run))
    first = {case.task: case for case in reversed([*cases_of(recipe, catalog)])}
    first |= {name: Case(name, UNTRAINED_ROWS) for name in untrained(catalog)}
    for task, case in sorted(first.items()):
        row = held_out(case, catalog, pipeline, NUMBER + 1)[NUMBER]
        panels = {**_given(row), **_answers(case, row, pipeline, recipe.seed + NUMBER)}
        for name, panel in panels.items():
            if isinstance(panel, Waveform):
                _save(panel, folder / f"{task}-{name.replace(' ', '-')}.ogg")
        yield _picture(_words(task, pipeline, row), panels, folder / f"{task}.png")
    yield _questions(run, pipeline, catalog, folder / "understanding.md")


def untrained(catalog: Catalog) -> list[str]:
    """Return the edits that need no training and read words: any model does them."""
    return [spec.name for spec in catalog.tasks if not spec.needs_training and spec.fills]


def _given(row: Row) -> dict[str, Waveform | VideoClip]:
    """Return the clips of a request by what they are."""
    names = {"audio": "reference"}
    clips = row.media.items()
    return {names.get(name, name.removesuffix("_audio")): load() for name, load in clips}


def _answers(case: Case, row: Row, pipeline: Pipeline, seed: int) -> dict[str, Waveform]:
    clip = ask(case, [row], pipeline, seed).clips[0]
    exact = {} if clip.reference is None else {"exact answer": clip.reference}
    return {**exact, "model": clip.generated}


def _words(task: str, pipeline: Pipeline, row: Row) -> str:
    """Return what the request says: what is to be spoken, or the prompt."""
    payloads = pipeline.examples(task, [row])[0].payloads
    said = payloads.get("transcript") or payloads["prompt"]
    return str(said.text)  # type: ignore[attr-defined]


def _picture(words: str, panels: Mapping[str, Waveform | VideoClip], path: Path) -> Path:
    """Draw panels side by side under the words of the request, in few colours."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure
    from PIL import Image

    figure = Figure(figsize=(COLUMNS * INCHES[0], INCHES[1]))
    axes: Sequence[Axes] = figure.subplots(1, COLUMNS)
    for axis in axes:
        axis.set_axis_off()
    for axis, (name, panel) in zip(axes, panels.items(), strict=False):
        (_draw_sound if isinstance(panel, Waveform) else _draw_video)(axis, panel)
        axis.set_title(name, fontsize=8, loc="left", pad=2)
    figure.suptitle(f"“{words}”", fontsize=9, x=0.005, y=0.99, ha="left")
    figure.subplots_adjust(0.005, 0.02, 0.995, 0.76, 0.02, 0)
    figure.savefig(path, dpi=80)
    Image.open(path).convert("RGB").quantize(48).save(path, optimize=True)
    return path


def _draw_sound(axis: Axes, sound: Waveform) -> None:
    mel = LogMel(sample_rate_hz=sound.sample_rate_hz, fft_size=1024, hop=128, mels=80)
    bands = mel(sound.samples.mean(dim=0)).numpy()
    axis.imshow(bands, aspect="auto", origin="lower", vmin=RANGE[0], vmax=RANGE[1])


def _draw_video(axis: Axes, video: VideoClip) -> None:
    assert video.pixels is not None  # noqa: S101 - those of the embedded world are in memory
    numbers = np.linspace(0, len(video.pixels) - 1, SHOWN + 2).round().astype(int)[1:-1]
    axis.imshow(np.concatenate([*video.pixels[numbers]], axis=1), aspect="auto")


def _save(sound: Waveform, path: Path) -> None:
    """Write a clip no louder than full scale."""
    import soundfile

    peak = max(1.0, float(sound.samples.abs().max()))
    values = (sound.samples / peak).T.numpy()
    soundfile.write(path, values, sound.sample_rate_hz, format="OGG", subtype="VORBIS")


def _questions(run: Path, pipeline: Pipeline, catalog: Catalog, path: Path) -> Path:
    """Write the first held-out question of each skill with its answers."""
    recipe = saved_recipe(load_checkpoint(run / EARS))
    lines = ["| Skill | Question | Right answer | Model |", "| --- | --- | --- | --- |"]
    skills: set[str] = set()
    for use in recipe.mixture.sources:
        for item in answered(use, pipeline, catalog, QUESTIONS):
            skill = str(item.truth["skill"])
            if skill not in skills:
                skills.add(skill)
                asked, right = item.fields["question"], item.fields["answer"]
                lines.append(f"| {skill} | {asked} | {right} | {item.answer} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def main(arguments: Sequence[str]) -> int:
    """Write the samples of the run whose folder is given."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        sys.stderr.write("Give one folder, that of a run: python docs/samples.py RUN\n")
        return 2
    SAMPLES.mkdir(exist_ok=True)
    for path in write_samples(Path(arguments[0]), SAMPLES):
        sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
