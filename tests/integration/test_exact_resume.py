"""Of two processes one, or both, are killed in the middle; what goes on ends at the same bits.

A run is held after step 5, with checkpoints of every second step: the steps after the last one
are lost, and taken again.
"""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
import torch
from audio_omni.core.training.checkpoint import load_checkpoint

from .test_distributed import PIPES, command, history, steps_saved, train, weights

STAND_INS = Path(__file__).resolve().parents[1] / "stand_ins"
HELD = 5
LAST = 8
SETTINGS = (f"train.steps={LAST}", "train.checkpoint_every=2")
WAYS = {"whole": (), "spread": ("train.sharding=full",)}
"""How the weights lie: whole in each process, or spread over both."""


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    """A function that returns the run that nobody killed."""
    runs = {}

    def run(way):
        if way not in runs:
            runs[way] = tmp_path_factory.mktemp(way) / "run"
            train(runs[way], *SETTINGS, *WAYS[way], processes=2)
        return runs[way]

    return run


@pytest.mark.parametrize(
    ("way", "killed"),
    [("whole", (1,)), ("whole", (0, 1)), ("spread", (0,)), ("spread", (0, 1))],
    ids=["whole-second", "whole-both", "spread-first", "spread-both"],
)
def test_killed_processes_go_on_bit_equal(unbroken, way, killed, tmp_path):
    run = tmp_path / "run"
    said = kill_in_the_middle(run, WAYS[way], killed, tmp_path / "held")
    if len(killed) == 1:
        assert "has lost another one" in said
        assert "start all of them again with --resume" in said
    assert steps_saved(run)[-1] < HELD
    train(run, *SETTINGS, *WAYS[way], processes=2, resume=True)
    assert_equal_learning(run, unbroken(way))
    assert_equal_history(run, unbroken(way))


def kill_in_the_middle(run, way, killed, held):
    """Start a run, kill some of its processes while it is held after a step, return what it said.

    Where all are killed, so is the launcher: nothing is left that could tidy up.
    """
    path = f"{STAND_INS}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    environment = {"HELD_STEP": str(HELD), "HELD_FILE": str(held), "PYTHONPATH": path}
    words = command(run, *SETTINGS, *way, processes=2)
    words.insert(words.index("audio_omni") + 1, "--plugin=held_runs")
    options = {**PIPES, "env": {**PIPES["env"], **environment}}
    process = subprocess.Popen(words, **options)
    deadline = time.monotonic() + 120
    while not held.exists():
        assert process.poll() is None, process.communicate()[1][-3000:]
        assert time.monotonic() < deadline, "training did not come to the step"
        time.sleep(0.02)
    own = ranks_of(process.pid)
    assert sorted(own) == [0, 1]
    if len(killed) == len(own):
        process.kill()
    for rank in killed:
        os.kill(own[rank], signal.SIGKILL)
    held.unlink()
    _, said = process.communicate(timeout=90)
    assert process.returncode != 0
    return said


def ranks_of(launcher):
    """Return rank → process id of what ``torchrun`` started."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            words = (path / "environ").read_bytes().split(b"\0") if parent == launcher else []
        except OSError:  # it has ended
            continue
        found |= {int(word[5:]): int(path.name) for word in words if word.startswith(b"RANK=")}
    return found


def assert_equal_learning(run, other):
    """Parameters, moments, averages and where the mixture goes on: all the same bits."""
    first, second = weights(run), weights(other)
    assert first.keys() == second.keys()
    assert {"ema", "optimizer"} < {name.partition(".")[0] for name in first}
    differing = [name for name in first if not torch.equal(first[name], second[name])]
    assert not differing
    states = [load_checkpoint(folder).state for folder in (run, other)]
    for key in ("step", "seed", "mixture", "next_batch", "loss"):
        assert states[0][key] == states[1][key], key


def assert_equal_history(run, other):
    """Losses hang on the rows of a step and on all that is drawn in it."""
    told = [
        {
            step["step"]: {
                key: step[key]
                for key in ("loss", "task_loss", "gradient_norm", "task_examples", "frames")
            }
            for step in history(folder)
        }
        for folder in (run, other)
    ]
    assert list(told[0]) == list(range(1, LAST + 1))
    assert told[0] == told[1]
