"""Two processes over gloo learn what one does; torchrun starts them, nothing else is needed."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
import torch
from audio_omni.core.training.checkpoint import load_checkpoint

QUIET = ("tracking.observers=[jsonl]", "evaluation.every=null")
SHORT = (
    "train.task_gradients_every=2",
    "train.steps=6",
    "train.checkpoint_every=3",
    "train.log_every=1",
    "loader.batch_size=5",
)
FEW = tuple(f"mixture.sources.{i}.max_rows=6" for i in range(3))


def command(run, *settings, processes=1, resume=False, recipe="micro"):
    start = [sys.executable, "-m"]
    if processes > 1:
        rendezvous = ["--nproc-per-node", str(processes), "--rdzv-backend", "c10d"]
        start += ["torch.distributed.run", *rendezvous, "--rdzv-endpoint", "localhost:0", "-m"]
    words = [*start, "audio_omni", "train", recipe, "-o", str(run), "--json"]
    for setting in (*QUIET, *SHORT, *(FEW if recipe == "micro" else ()), *settings):
        words += ["--set", setting]
    return words + ["--resume"] * resume


PIPES = {
    "stdout": subprocess.PIPE,
    "stderr": subprocess.PIPE,
    "text": True,
    "env": {**os.environ, "OMP_NUM_THREADS": "1"},
}


def train(run, *settings, **options):
    words = command(run, *settings, **options)
    done = subprocess.run(words, timeout=240, check=False, **PIPES)
    assert done.returncode == 0, done.stderr[-9000:]
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


def assert_close(first, second, atol=1e-5, rtol=1e-4):
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.allclose(tensor.float(), second[name].float(), atol=atol, rtol=rtol), name


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
    assert_close(weights(alone), weights(together), atol=1e-5, rtol=0)


def test_they_tell_one_story(alone, together):
    one, two = history(alone), history(together)
    assert [e["step"] for e in two] == [1, 2, 3, 4, 5, 6]
    for a, b in zip(one, two, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], abs=1e-4)
        assert b["task_loss"] == pytest.approx(a["task_loss"], abs=1e-4)
        assert b["gradient_norm"] == pytest.approx(a["gradient_norm"], rel=1e-3)
        assert b["realised_shares"] == a["realised_shares"]
        assert b["task_examples"] == a["task_examples"]
        assert b["task_gradient_norm"] == pytest.approx(a["task_gradient_norm"], rel=1e-3)
    assert sum(two[-1]["task_examples"].values()) == 30
    assert len(two[3]["task_gradient_norm"]) > 1


def test_a_run_goes_on_with_another_number_of_processes(alone, tmp_path):
    run = tmp_path / "run"
    train(run, "train.steps=3", processes=2)
    train(run, resume=True)
    assert_close(weights(alone), weights(run))


def test_accumulation_and_a_pool_change_nothing(alone, tmp_path):
    run = tmp_path / "run"
    train(run, "train.accumulate=2", "loader.pool=true", processes=2)
    assert_close(weights(alone), weights(run))


def test_a_language_model_and_adapters_are_learned_together_too(alone, tmp_path):
    small = ("model.preset=micro", "loader.pool=false", "loader.workers=0", "train.steps=2")
    for name, settings, recipe in [
        ("ears", small, "nano_understanding"),
        ("lora", (f"train.start_from={alone}", "train.lora.rank=4", "train.steps=2"), "micro"),
    ]:
        one, two = tmp_path / f"{name}-1", tmp_path / f"{name}-2"
        train(one, *settings, recipe=recipe)
        train(two, *settings, recipe=recipe, processes=2)
        assert_close(weights(one), weights(two), atol=1e-4)


LONG = ("train.steps=400", "train.checkpoint_every=2", "train.task_gradients_every=null")


def started(run, processes, until):
    """Start a long run and wait for its first checkpoint."""
    process = subprocess.Popen(command(run, *LONG, processes=processes), **PIPES)
    deadline = time.monotonic() + 120
    while not until() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.1)
    assert process.poll() is None, process.communicate()[1][-3000:]
    return process


def steps_saved(run):
    return sorted(int(path.name[5:]) for path in (run / "checkpoints").glob("step-*"))


def test_a_run_that_is_killed_goes_on_bit_equal(tmp_path):
    """Whatever was done since the last checkpoint is done again, the same."""
    run, whole = tmp_path / "run", tmp_path / "whole"
    process = started(run, 1, lambda: steps_saved(run))
    process.kill()
    process.communicate()
    end = steps_saved(run)[-1] + 4
    settings = (*LONG[1:], f"train.steps={end}")
    train(run, *settings, resume=True)
    train(whole, *settings)
    first, second = weights(run), weights(whole)
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


def test_a_signal_ends_all_processes_at_one_step(tmp_path):
    run = tmp_path / "run"
    process = started(run, 2, lambda: steps_saved(run))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    last = history(run)[-1]["step"]
    assert steps_saved(run)[-1] >= last
    said = [json.loads(line) for line in (run / "history.jsonl").read_text().splitlines()]
    assert said[-1]["event"] == "run_end"
    assert (said[-1]["status"], said[-1]["step"]) == ("stopped", steps_saved(run)[-1])


@pytest.mark.parametrize("processes", [1, 2])
def test_broken_rows_of_all_processes_count_towards_the_ceiling(processes, tmp_path):
    """One row of four is broken and every step draws it once: the fourth step is one too many."""
    run, rows = tmp_path / "run", tmp_path / "rows.jsonl"
    noise = np.random.default_rng(0).normal(0, 0.1, 16000)
    for name in "abc":
        soundfile.write(tmp_path / f"{name}.wav", noise, 16000)
    lines = [{"id": name, "audio": f"{name}.wav", "caption": "noise"} for name in "abcd"]
    rows.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    source = {"uri": f"manifest:{rows}", "task": "text_to_audio"}
    settings = (
        f"mixture.sources={json.dumps([source])}",
        "loader.max_skipped=3",
        "loader.workers=0",
    )
    words = command(run, *settings, "loader.batch_size=4", processes=processes)
    done = subprocess.run(words, timeout=240, check=False, **PIPES)
    assert done.returncode != 0
    said = "4 broken rows (4 × DataError); the run allows 3 (loader.max_skipped)"
    assert done.stderr.count(said) >= 1
    assert "d.wav" in done.stderr
    assert "has lost another one" not in done.stderr
    assert [entry["skipped"] for entry in history(run)] == [{"DataError": n} for n in (1, 2, 3)]
    assert load_checkpoint(run).step == 3
