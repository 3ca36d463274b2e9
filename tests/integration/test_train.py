"""The main job at toy size: train, resume, generate, with every part real."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.errors import CheckpointError, ConfigError, UnknownNameError
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.resume import flatten
from audio_omni.core.training.session import train
from audio_omni.plugins.manager import build_plugin_manager

SHORT = ("train.steps=4", "train.checkpoint_every=2", "train.log_every=1", "loader.batch_size=4")


def weights(run_dir):
    checkpoint = load_checkpoint(run_dir)
    return {name: checkpoint.tensors(name) for name in checkpoint.hashes}


def assert_bit_equal(first, second):
    assert first.keys() == second.keys()
    for component, tensors in first.items():
        for name, tensor in tensors.items():
            assert torch.equal(tensor, second[component][name]), f"{component}.{name}"


def history(run_dir, event="step_end"):
    lines = (run_dir / "history.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == event]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, host):
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    values = find_recipe("micro", host.recipes)
    recipe = resolve_recipe(values, ["tracking.observers=[jsonl]", *SHORT])
    run = tmp_path_factory.mktemp("run")
    return run, train(recipe, host, run), recipe


def test_a_run_leaves_checkpoints_recipe_and_history(trained):
    run, outcome, recipe = trained
    assert outcome.status == "finished"
    folder = run / "checkpoints" / "step-00000004"
    names = {path.name for path in folder.iterdir()}
    assert {"recipe.yaml", "state.json", "dit.safetensors", "ema.safetensors"} <= names
    assert "conditioner-prompt.safetensors" in names
    steps = history(run)
    assert [entry["step"] for entry in steps] == [1, 2, 3, 4]
    seen = set().union(*(entry["task_loss"] for entry in steps))
    assert seen == {use.task for use in recipe.mixture.sources}


@pytest.mark.parametrize("extra", [(), ("loader.workers=2",)], ids=["alone", "two-workers"])
def test_a_resumed_run_ends_bit_equal(tmp_path, host, micro, trained, extra):
    run, _, _ = trained
    stopped = tmp_path / "stopped"
    train(micro(*SHORT, *extra, "train.steps=2"), host, stopped)
    outcome = train(micro(*SHORT, *extra), host, stopped, resume=True)
    assert outcome.step == 4
    assert_bit_equal(weights(run), weights(stopped))
    assert [entry["step"] for entry in history(stopped)] == [1, 2, 3, 4]


def test_a_pool_gives_the_same_batches_as_streaming(tmp_path, host, micro):
    caps = [f"mixture.sources.{i}.max_rows=6" for i in range(3)]
    train(micro(*SHORT, *caps), host, tmp_path / "a")
    train(micro(*SHORT, *caps, "loader.pool=true"), host, tmp_path / "b")
    losses = [[entry["loss"] for entry in history(tmp_path / name)] for name in "ab"]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_metrics_of_held_out_rows_are_logged_with_their_options_and_labels(tmp_path, host, micro):
    quiet = "{name: lsd, label: lsd_20, options: {floor_dbfs: -20}}"
    overrides = [f"evaluation.metrics=[lsd, {quiet}]", "evaluation.every=1", "train.steps=1"]
    train(micro(*overrides, "evaluation.samples_per_task=1"), host, tmp_path / "run")
    (told,) = history(tmp_path / "run", "samples_ready")
    found = told["metrics"]
    tasks = {name.partition("/")[0] for name in found}
    assert found.keys() == {f"{task}/{name}" for task in tasks for name in ("lsd", "lsd_20")}
    assert all(found[f"{task}/lsd_20"] < found[f"{task}/lsd"] for task in tasks)


def test_a_run_that_is_over_renders_no_row_again(tmp_path, host, micro):
    recipe = micro(
        *SHORT, "loader.pool=true", *(f"mixture.sources.{i}.max_rows=6" for i in (0, 1, 2))
    )
    rendered = []
    train(recipe, host, tmp_path / "run", on_pool=lambda done, rows: rendered.append(done))
    assert rendered.pop() == 18
    rendered.clear()
    again = train(
        recipe,
        host,
        tmp_path / "run",
        resume=True,
        on_pool=lambda done, rows: rendered.append(done),
    )
    assert (again.status, again.step, rendered) == ("finished", 4, [])


def test_a_run_is_never_written_over(host, micro, trained):
    run, _, _ = trained
    with pytest.raises(ConfigError, match=r"holds a run already \(step-00000004\); add --resume"):
        train(micro(*SHORT), host, run)


def test_a_resume_refuses_what_changes_weights_or_data(host, micro, trained):
    run, _, _ = trained
    with pytest.raises(ConfigError, match=r"model\.dit\.depth: 2 → 3.*seed: 0 → 1") as caught:
        train(micro(*SHORT, "seed=1", "model.dit.depth=3"), host, run, resume=True)
    assert "start a new run" in str(caught.value)


def test_a_resume_goes_on_with_another_mixture_where_that_is_accepted(
    host, micro, trained, tmp_path, caplog
):
    run = tmp_path / "run"
    shutil.copytree(trained[0], run)
    other = micro(*SHORT, "train.steps=6", "mixture.sources.0.weight=9")
    with pytest.raises(ConfigError, match=r"weight: .*; add --accept-changes to go on with them"):
        train(other, host, run, resume=True)
    with caplog.at_level("WARNING", logger="audio_omni.training"):
        assert train(other, host, run, resume=True, accept_changes=True).step == 6
    assert "Goes on with another recipe from step 4" in caplog.text
    with pytest.raises(ConfigError, match=r"seed: 0 → 1.*start a new run instead"):
        train(micro(*SHORT, "seed=1"), host, run, resume=True, accept_changes=True)


def test_a_resume_without_a_plugin_of_the_run_names_what_is_missing(micro, trained):
    run, _, _ = trained
    poorer = build_plugin_manager(blocked=("soundworld",))
    with pytest.raises(UnknownNameError, match="soundworld"):
        train(micro(*SHORT, "train.steps=6"), poorer, run, resume=True)


def test_a_signal_saves_and_a_resume_goes_on(tmp_path):
    run = tmp_path / "run"
    command = [sys.executable, "-m", "audio_omni", "train", "micro", "-o", str(run)]
    overrides = ["train.steps=500", "train.log_every=1", "tracking.observers=[jsonl]"]
    for override in [*overrides, "evaluation.every=null"]:
        command += ["--set", override]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ, text=True
    )
    deadline = time.monotonic() + 120
    while not ((run / "history.jsonl").is_file() and len(history(run)) >= 2):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "training did not start"
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert "stopped at step" in output
    saved = load_checkpoint(run).step
    assert saved >= 2
    assert history(run, "run_end")[-1]["status"] == "stopped"


def test_generation_from_a_run_is_a_function_of_the_seed(trained):
    model = AudioOmni.from_pretrained(trained[0])
    first = model.generate("a dog barks", seed=3, seconds=1.0, steps=2)
    again = model.generate("a dog barks", seed=3, seconds=1.0, steps=2)
    other = model.generate("a dog barks", seed=4, seconds=1.0, steps=2)
    assert first.samples.shape == (1, 16000)
    assert torch.equal(first.samples, again.samples)
    assert not torch.equal(first.samples, other.samples)
    assert first.provenance["seed"] == 3
    assert first.provenance["checkpoint"] == "step-00000004"


def test_item_i_alone_equals_item_i_in_a_batch_of_eight(trained):
    model = AudioOmni.from_pretrained(trained[0])
    requests = [{"prompt": f"a bell rings {'and rings ' * i}", "seconds": 1.0} for i in range(7)]
    requests.append({"prompt": "rain", "seconds": 0.6})  # another length in the same batch
    batch = model.run_batch("text_to_audio", requests, seeds=range(8), steps=3)
    for i in (0, 5, 7):
        alone = model.run("text_to_audio", seed=i, steps=3, **requests[i])
        assert alone.samples.shape == batch[i].samples.shape
        # Griffin-Lim's phases make more of a latent's last bits than other decoders would.
        assert torch.allclose(alone.samples, batch[i].samples, atol=2e-3)


def test_an_edit_keeps_the_length_and_says_what_was_done_to_its_input(trained, tmp_path):
    import soundfile

    soundfile.write(tmp_path / "in.wav", torch.randn(22050, 2).numpy() * 0.1, 22050)
    model = AudioOmni.from_pretrained(trained[0])
    result = model.edit("Remove", tmp_path / "in.wav", description="a siren", seed=0, steps=2)
    assert result.samples.shape == (1, 16000)
    assert result.task == "remove"
    assert result.provenance["request"]["source_audio"].endswith("in.wav")


def test_unknown_names_suggest(trained):
    model = AudioOmni.from_pretrained(trained[0])
    with pytest.raises(UnknownNameError, match="Did you mean 'text_to_audio'"):
        model.run("text_to_audo", prompt="x")
    with pytest.raises(UnknownNameError, match="Did you mean 'euler'"):
        model.generate("x", solver="eule", steps=1)


def test_a_corrupt_checkpoint_is_refused(trained, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(trained[0], copy)
    path = copy / "checkpoints" / "step-00000004" / "dit.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="dit"):
        AudioOmni.from_pretrained(copy)


def test_flatten_names_every_leaf():
    assert flatten({"a": {"b": [1, {"c": 2}]}, "d": None}) == {"a.b.0": 1, "a.b.1.c": 2, "d": None}
