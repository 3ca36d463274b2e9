"""A language model is trained on questions, asked, and frozen inside a model that makes sound."""

import json
import shutil

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.cli.main import main
from audio_omni.core.errors import CheckpointError, ConfigError, RequestError
from audio_omni.core.recipe import find_recipe, resolve_recipe
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train
from audio_omni.core.training.weights import load_component

WEIGHTS = "model.conditioners.prompt.options.local.weights"
SHORT = (
    *("train.steps=4", "train.checkpoint_every=2", "train.log_every=1", "loader.batch_size=4"),
    *("loader.workers=0", "tracking.observers=[jsonl]", "train.schedule=constant"),
    "train.warmup_steps=1",
)


@pytest.fixture(scope="module")
def understanding(host):
    values = find_recipe("nano_understanding", host.recipes)

    def resolve(*overrides):
        small = ["model.preset=micro", "evaluation.every=4", "evaluation.samples_per_task=3"]
        small += ["loader.pool=false"]
        return resolve_recipe(values, [*small, *SHORT, *overrides])

    return resolve


@pytest.fixture(scope="module")
def ears(host, understanding, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "ears"
    return folder, train(understanding(), host, folder)


def history(run, event):
    lines = map(json.loads, (run / "history.jsonl").read_text().splitlines())
    return [entry for entry in lines if entry["event"] == event]


def tensors(run):
    checkpoint = load_checkpoint(run)
    return {name: checkpoint.tensors(name) for name in checkpoint.hashes}


def assert_bit_equal(first, second):
    assert first.keys() == second.keys()
    for component, named in first.items():
        for name, tensor in named.items():
            assert torch.equal(tensor, second[component][name]), f"{component}.{name}"


def test_a_run_holds_the_language_model_and_its_accuracy(ears):
    run, outcome = ears
    assert outcome.status == "finished"
    saved = tensors(run)
    assert saved.keys() == {"thinker", "ema", "optimizer"}
    assert any("audio_tower" in name for name in saved["optimizer"])
    (measured,) = history(run, "samples_ready")
    assert {"understanding/exact_match", "understanding/commonest_answer"} <= set(
        measured["metrics"]
    )
    assert "understanding/translation/exact_match" in measured["metrics"]
    assert [step["step"] for step in history(run, "step_end")] == [1, 2, 3, 4]


@pytest.mark.parametrize("extra", [(), ("loader.workers=1",)], ids=["alone", "a-worker"])
def test_a_resumed_run_ends_bit_equal(host, understanding, ears, tmp_path, extra):
    run = tmp_path / "stopped"
    train(understanding(*extra, "train.steps=2"), host, run)
    train(understanding(*extra), host, run, resume=True)
    assert_bit_equal(tensors(run), tensors(ears[0]))


def test_a_pool_gives_the_same_run(host, understanding, tmp_path):
    caps = [f"mixture.sources.{i}.max_rows=5" for i in range(4)]
    for name, pool in (("a", "false"), ("b", "true")):
        train(understanding(*caps, f"loader.pool={pool}"), host, tmp_path / name)
    assert_bit_equal(tensors(tmp_path / "a"), tensors(tmp_path / "b"))


def test_the_run_answers_and_makes_no_audio(ears, capsys, tmp_path):
    flags = ("--model", str(ears[0]))
    with pytest.raises(SystemExit) as ended:
        main(("run", "understanding", *flags, "--question", "Hund?", "--max-new-tokens", "4"))
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip()
    with pytest.raises(SystemExit) as ended:
        main(("run", "T2A", *flags, "--prompt", "rain", "-o", str(tmp_path / "x.wav")))
    assert ended.value.code == 1
    assert "answers questions only" in capsys.readouterr().err


def test_python_is_told_the_same(ears):
    model = AudioOmni.from_pretrained(ears[0])
    assert model.understand("Hund?", max_new_tokens=4)
    with pytest.raises(RequestError, match=r"'remove' makes audio; .*`local.weights`"):
        model.edit("remove", "x.wav", description="a bell")


def test_both_kinds_of_task_in_one_mixture_are_refused(host, micro, tmp_path):
    other = "mixture.sources.0={uri: 'soundworld:questions', task: understanding}"
    with pytest.raises(ConfigError, match=r"text: understanding.*recipe of its own"):
        train(micro(other), host, tmp_path)


def test_nothing_that_can_learn(host, understanding, tmp_path):
    recipe = understanding("model.conditioners.prompt={name: mel, options: {mels: 32}}")
    with pytest.raises(ConfigError, match=r"Nothing .* can learn to answer: .*'source' \(mel\)"):
        train(recipe, host, tmp_path / "run")


def test_a_row_without_an_answer_is_named(host, understanding, tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"id": "a", "question": "what?"}\n')
    use = f"{{uri: 'manifest:{tmp_path}/rows.jsonl', task: understanding}}"
    with pytest.raises(Exception, match=r"Row 'a' .*answer"):
        train(understanding(f"mixture.sources=[{use}]"), host, tmp_path / "run")


@pytest.fixture(scope="module")
def listener(host, ears, tmp_path_factory):
    """A model that makes sound, trained around a copy of the run, which is then deleted."""
    folder = tmp_path_factory.mktemp("listener")
    copy = folder / "ears"
    shutil.copytree(ears[0], copy)
    values = find_recipe("micro", host.recipes)

    def resolve(*overrides):
        named = [f"{WEIGHTS}={copy}", "evaluation.samples_per_task=0", *SHORT]
        return resolve_recipe(values, [*named, *overrides])

    run, whole = folder / "run", folder / "whole"
    train(resolve(), host, whole)
    train(resolve("train.steps=2"), host, run)
    shutil.rmtree(copy)
    return run, whole, resolve


def test_the_trained_model_is_frozen_inside_another(ears, listener):
    prompt = AudioOmni.from_pretrained(listener[1]).model.conditioners["prompt"]
    ours = load_component(ears[0], "thinker", "test")
    network = prompt.thinker.model
    assert all(torch.equal(t, ours[name]) for name, t in network.state_dict().items())
    assert not any(p.requires_grad for p in network.parameters())


def test_a_checkpoint_can_be_moved_and_its_origin_deleted(listener, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.move(shutil.copytree(listener[1], tmp_path / "copy"), moved)
    clips = [
        AudioOmni.from_pretrained(folder).generate("rain", seed=1, seconds=0.5, steps=2)
        for folder in (listener[1], moved)
    ]
    assert torch.equal(clips[0].samples, clips[1].samples)
    saved = load_checkpoint(moved)
    assert saved.recipe["model"]["conditioners"]["prompt"]["options"]["local"]["weights"] == (
        "asset:prompt-thinker.safetensors"
    )


def test_a_run_goes_on_with_its_own_copy(host, listener):
    run, whole, resolve = listener
    train(resolve(), host, run, resume=True)
    assert_bit_equal(tensors(run), tensors(whole))


def test_the_recipe_beside_a_checkpoint_resumes_it(host, listener, tmp_path):
    run = shutil.copytree(listener[0], tmp_path / "run")
    values = load_checkpoint(run).recipe
    train(resolve_recipe(values, ["train.steps=5"]), host, run, resume=True)
    assert load_checkpoint(run).step == 5
    again = load_checkpoint(run)
    assert again.state["brought_along"][WEIGHTS].endswith("ears")
    assert "prompt-thinker" in again.hashes


def test_other_weights_are_another_run(host, listener, ears):
    run, _, resolve = listener
    with pytest.raises(ConfigError, match=r"local\.weights: .*start a new run"):
        train(resolve(f"{WEIGHTS}={ears[0]}"), host, run, resume=True)


def test_a_damaged_copy_is_refused(listener, tmp_path):
    run = shutil.copytree(listener[1], tmp_path / "run")
    path = load_checkpoint(run).path / "prompt-thinker.safetensors"
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(CheckpointError, match=r"prompt-thinker.* is not the file that was saved"):
        AudioOmni.from_pretrained(run)


def test_training_goes_on_from_trained_weights(host, ears, understanding, tmp_path):
    recipe = understanding(f"{WEIGHTS}={ears[0]}", "train.steps=1", "evaluation.every=null")
    train(recipe, host, tmp_path / "more")
    first = history(tmp_path / "more", "step_end")[0]["loss"]
    assert first < history(ears[0], "step_end")[0]["loss"]
