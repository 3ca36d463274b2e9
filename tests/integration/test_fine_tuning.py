"""A training that begins with the weights of another, and trains a part of the model."""

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train

SHORT = (
    "train.steps=3",
    "train.checkpoint_every=2",
    "loader.batch_size=4",
    "evaluation.every=null",
)
FEW = tuple(f"mixture.sources.{i}.max_rows=6" for i in range(3))


def weights(run, *components):
    checkpoint = load_checkpoint(run)
    return {
        f"{name}.{key}": tensor
        for name in components or [n for n in checkpoint.hashes if n != "optimizer"]
        for key, tensor in checkpoint.tensors(name).items()
    }


def changed(first, second):
    return {name.partition(".")[0] for name, t in first.items() if not torch.equal(t, second[name])}


@pytest.fixture(scope="module")
def base(tmp_path_factory, host):
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    quiet = "tracking.observers=[jsonl]"
    recipe = resolve_recipe(find_recipe("micro", host.recipes), [quiet, *SHORT, *FEW])
    run = tmp_path_factory.mktemp("base")
    train(recipe, host, run)
    return run


def averaged(run):
    """The weights that a run ends with: averages where there are some."""
    checkpoint = load_checkpoint(run)
    found = weights(run, *(n for n in checkpoint.hashes if n not in ("optimizer", "ema")))
    return {**found, **checkpoint.tensors("ema")}


def test_a_run_begins_where_another_ended(base, tmp_path, host, micro):
    recipe = micro(*SHORT, *FEW, f"train.start_from={base}", "train.learning_rate=1e-12")
    train(recipe, host, tmp_path / "run")
    first, second = averaged(base), weights(tmp_path / "run")
    assert all(torch.allclose(second[name], tensor, atol=1e-6) for name, tensor in first.items())


@pytest.mark.parametrize("part", ["dit", "conditioner-source"])
def test_only_the_chosen_part_is_trained_and_all_is_saved(base, tmp_path, host, micro, part):
    settings = (*SHORT, *FEW, f"train.start_from={base}", f"train.parts=[{part}]")
    run = tmp_path / "run"
    train(micro(*settings), host, run)
    before, after = averaged(base), weights(run, "dit", "conditioner-prompt", "conditioner-source")
    assert before.keys() == after.keys()
    assert changed(before, after) == {part}
    assert {name.partition(".")[0] for name in weights(run, "ema")} == {"ema"}
    assert all(name.startswith(part) for name in load_checkpoint(run).tensors("ema"))
    made = [
        AudioOmni.from_pretrained(folder, catalog=host).generate("rain", seed=1, steps=2)
        for folder in (base, run)
    ]
    assert not torch.equal(*(result.waveform.samples for result in made))


def test_it_resumes_bit_equal(base, tmp_path, host, micro):
    settings = (*SHORT, *FEW, f"train.start_from={base}", "train.parts=[conditioner-prompt]")
    train(micro(*settings), host, tmp_path / "whole")
    train(micro(*settings, "train.steps=2"), host, tmp_path / "parts")
    train(micro(*settings), host, tmp_path / "parts", resume=True)
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert all(torch.equal(tensor, parts[name]) for name, tensor in whole.items())


def test_a_new_conditioner_is_drawn_and_can_be_all_that_is_trained(base, tmp_path, host, micro):
    new = "model.conditioners.extra={name: t5, options: {local: {}}}"
    settings = (*SHORT, *FEW, new, f"train.start_from={base}", "train.parts=[conditioner-extra]")
    train(micro(*settings), host, tmp_path / "run")
    before = averaged(base)
    after = weights(tmp_path / "run", *load_checkpoint(tmp_path / "run").hashes)
    assert changed(before, after) == set()
    assert "conditioner-extra" in load_checkpoint(tmp_path / "run").hashes


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (["train.parts=[conditioner-promt]"], ConfigError, "Did you mean 'conditioner-prompt'"),
        (["train.start_from=/nowhere"], CheckpointError, "/nowhere does not exist"),
        (["model.dit.width=32", "train.start_from={base}"], CheckpointError, "Give the sizes"),
    ],
)
def test_what_cannot_begin_says_why(base, tmp_path, host, micro, settings, error, message):
    settings = [setting.format(base=base) for setting in settings]
    with pytest.raises(error, match=message):
        train(micro(*SHORT, *FEW, *settings), host, tmp_path / "run")
    assert not (tmp_path / "run" / "checkpoints").exists()


def test_a_resume_may_not_change_what_is_trained(tmp_path, host, micro):
    train(micro(*SHORT, *FEW), host, tmp_path / "run")
    recipe = micro(*SHORT, *FEW, "train.steps=4", "train.parts=[dit]")
    with pytest.raises(ConfigError, match=r"train\.parts"):
        train(recipe, host, tmp_path / "run", resume=True)
