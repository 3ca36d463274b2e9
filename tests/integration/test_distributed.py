"""Two processes over gloo learn what one does; torchrun starts them, nothing else is needed."""

import json
import os
import subprocess
import sys

import pytest
import torch
from audio_omni.core.training.checkpoint import load_checkpoint

QUIET = ("tracking.observers=[jsonl]", "evaluation.every=null")
SHORT = ("train.steps=6", "train.checkpoint_every=3", "train.log_every=1", "loader.batch_size=5")
FEW = tuple(f"mixture.sources.{i}.max_rows=6" for i in range(3))


def train(run, *settings, processes=1, resume=False):
    start = [sys.executable, "-m"]
    if processes > 1:
        rendezvous = ["--nproc-per-node", str(processes), "--rdzv-backend", "c10d"]
        start += ["torch.distributed.run", *rendezvous, "--rdzv-endpoint", "localhost:0", "-m"]
    command = [*start, "audio_omni", "train", "micro", "-o", str(run), "--json"]
    for setting in (*QUIET, *SHORT, *FEW, *settings):
        command += ["--set", setting]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command + ["--resume"] * resume,
        capture_output=True,
        text=True,
        env=environment,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def weights(run):
    checkpoint = load_checkpoint(run)
    return {
        f"{part}.{name}": tensor
        for part in checkpoint.hashes
        for name, tensor in checkpoint.tensors(part).items()
    }


def history(run):
    lines = (run / "history.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == "step_end"]


def assert_close(first, second, atol=1e-5):
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.allclose(tensor.float(), second[name].float(), atol=atol, rtol=1e-4), name


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    run = tmp_path_factory.mktemp("alone") / "run"
    train(run)
    return run


@pytest.fixture(scope="module")
def together(tmp_path_factory):
    run = tmp_path_factory.mktemp("together") / "run"
    said = train(run, processes=2)
    assert (said["status"], said["step"]) == ("finished", 6)
    return run


def test_two_processes_end_with_the_weights_of_one(alone, together):
    assert_close(weights(alone), weights(together))


def test_they_tell_one_story(alone, together):
    one, two = history(alone), history(together)
    assert [e["step"] for e in two] == [1, 2, 3, 4, 5, 6]
    for a, b in zip(one, two, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], abs=1e-4)
        assert b["task_loss"] == pytest.approx(a["task_loss"], abs=1e-4)
        assert b["gradient_norm"] == pytest.approx(a["gradient_norm"], rel=1e-3)
        assert b["realised_shares"] == a["realised_shares"]


def test_a_run_goes_on_with_another_number_of_processes(alone, tmp_path):
    run = tmp_path / "run"
    train(run, "train.steps=3", processes=2)
    train(run, resume=True)
    assert_close(weights(alone), weights(run))


def test_accumulation_and_a_pool_change_nothing(alone, tmp_path):
    run = tmp_path / "run"
    train(run, "train.accumulate=2", "loader.pool=true", processes=2)
    assert_close(weights(alone), weights(run))
