"""What a clumsy user meets: through the real command line, one clear line, and nothing is lost.

Every case runs in this process with a model of one training step. Exit status 2 is wrong usage,
1 anything else that the user can mend.
"""

import re
import struct

import numpy as np
import pytest
import soundfile
from audio_omni.core.cli.main import main

RATE = 16000
QUIET = ("tracking.observers=[jsonl]", "evaluation.every=null")
BOX = re.compile(r"[─│╭╮╰╯\s]+")


def noise(samples=RATE, channels=1):
    return 0.1 * np.random.default_rng(0).standard_normal((samples, channels))


def ten_hours(path):
    """A header of ten hours over a file with a hole: nothing of it is on the disk."""
    data = 10 * 3600 * 8000
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", 16, 1, 1, 8000,
                       8000, 1, 8, b"data", data)  # fmt: skip
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + data)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """A folder with clips of every kind, and ``run``, a model of one step."""
    folder = tmp_path_factory.mktemp("clumsy")
    soundfile.write(folder / "ok.wav", noise(), RATE)
    soundfile.write(folder / "five_seconds.wav", noise(5 * RATE), RATE)
    soundfile.write(folder / "no_samples.wav", noise()[:0], RATE)
    soundfile.write(folder / "silent.wav", 0 * noise(), RATE)
    soundfile.write(folder / "blink.wav", noise(100), RATE)
    spoilt = noise()
    spoilt[777] = np.nan
    soundfile.write(folder / "nan.wav", spoilt, RATE, subtype="FLOAT")
    (folder / "text.wav").write_text("this is no audio\n")
    (folder / "empty.wav").touch()
    (folder / "folder.wav").mkdir()
    (folder / "exists.flac").write_bytes(b"what was here before")
    ten_hours(folder / "ten_hours.wav")
    for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"):
        soundfile.write(folder / f"{subtype}.wav", noise(), RATE, subtype=subtype)
    for channels in range(1, 9):
        soundfile.write(folder / f"channels_{channels}.wav", noise(RATE, channels), RATE)
    for rate in (8000, 11025, 22050, 44100, 48000, 96000, 192000):
        soundfile.write(folder / f"rate_{rate}.wav", noise(rate), rate)
    with pytest.raises(SystemExit) as stopped:
        main(train_arguments(folder / "run"))
    assert stopped.value.code == 0
    return folder


@pytest.fixture
def cli(workspace, monkeypatch, capsys):
    """Run a command in the workspace; return (exit status, stdout, stderr without frames)."""
    monkeypatch.chdir(workspace)
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)

    def _cli(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return stopped.value.code, captured.out, BOX.sub(" ", captured.err)

    return _cli


@pytest.fixture
def run(cli):
    """Run a task with the model of the workspace, or another; returns what `cli` returns."""

    def _run(task, *more, model="run", output="out.flac", overwrite=True):
        common = ["--model", model, "-o", output, "--steps", "1"]
        return cli("run", task, *common, *(["--overwrite"] if overwrite else []), *more)

    return _run


@pytest.fixture
def train(cli):
    """Train a recipe for a step, with overrides and more flags; returns what `cli` returns."""

    def _train(folder, *overrides, recipe="micro", more=()):
        return cli(*train_arguments(folder, *overrides, recipe=recipe), *more)

    return _train


def train_arguments(run, *overrides, recipe="micro"):
    settings = ("train.steps=1", *QUIET, *overrides)
    return ["train", recipe, "-o", str(run), *(a for s in settings for a in ("--set", s))]
