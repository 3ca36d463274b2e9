"""The how-to that adds a task, word for word: written, held by its contract, trained and used."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-task.md"
FILE = re.compile(r"`(\w+\.py)`:\n\n```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*)$", re.MULTILINE)
MAX_LINES = 60
QUICK = {"train": ["--set", "train.steps=2", "--set", "tracking.observers=[jsonl]"],
         "run": ["--steps", "2"]}  # fmt: skip
"""Further options, so that a command takes seconds."""


@pytest.fixture(scope="module")
def text():
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(text, tmp_path_factory):
    """The files of the page, and the clips that its commands name."""
    folder = tmp_path_factory.mktemp("add-a-task")
    for name, code in FILE.findall(text):
        (folder / name).write_text(code)
    rng = np.random.default_rng(0)
    for name in ("a.wav", "b.wav", "dull.wav"):
        soundfile.write(folder / name, 0.1 * rng.standard_normal(16000), 16000)
    rows = [{"id": name, "audio": f"{name}.wav"} for name in "ab"]
    (folder / "clips.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def run(folder, command):
    """Run a command of the page in a process of its own, as a user would."""
    program, *words = shlex.split(command)
    module = {"pytest": "pytest", "audio-omni": "audio_omni"}[program]
    more = [option for verb, options in QUICK.items() if verb in words for option in options]
    done = subprocess.run(
        [sys.executable, "-m", module, *words, *more],
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_the_page_is_short(text):
    assert len(text.splitlines()) < MAX_LINES


def test_the_task_of_the_page_keeps_its_contract_learns_and_is_used(text, folder):
    check, train, use = COMMAND.findall(text)
    assert " passed" in run(folder, check)
    assert "finished at step 2" in run(folder, train)
    assert run(folder, use).startswith("bright.wav")
    assert soundfile.info(folder / "bright.wav").frames == 16000


def test_the_source_is_dull(folder):
    """The task is what the page says: above 2 kHz the source is quieter than its target."""
    code = (
        "import torch, acme_brighten as a, audio_omni as ao\n"
        "clip = ao.Waveform(torch.randn(1, 16000, generator=torch.Generator()), 16000)\n"
        "made = a.Brighten().to_example(ao.Row('a', {}, audio=lambda: clip))\n"
        "source = made.payloads['reference_audio'].waveform\n"
        "high = [c.samples.stft(512, window=torch.hann_window(512), return_complex=True)"
        ".abs()[:, 80:].mean() for c in (source, made.target)]\n"
        "assert high[0] < 0.05 * high[1], high\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
