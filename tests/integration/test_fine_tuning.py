"""A training that begins with the weights of another, and trains a part of the model."""

import json

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.cli.main import main
from audio_omni.core.errors import CheckpointError, ConfigError
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train
from safetensors.torch import load_file

SHORT = (
    "train.steps=3",
    "train.checkpoint_every=2",
    "loader.batch_size=4",
    "evaluation.every=null",
)
FEW = tuple(f"mixture.sources.{i}.max_rows=6" for i in range(3))


@pytest.fixture
def cli(monkeypatch):
    """Run a command and return its exit status."""
    monkeypatch.delenv("AUDIO_OMNI_PLUGINS", raising=False)

    def run(*words):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        return stopped.value.code

    return run


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
    assert {name.partition(".")[0] for name in load_checkpoint(run).tensors("ema")} == {part}
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


LORA = ("train.lora.rank=4", "train.learning_rate=1e-2", "train.warmup_steps=0")


def test_adapters_are_trained_alone_saved_and_used(base, tmp_path, host, micro):
    run = tmp_path / "run"
    train(micro(*SHORT, *FEW, f"train.start_from={base}", *LORA), host, run)
    before, after = averaged(base), weights(run, "dit", "conditioner-prompt", "conditioner-source")
    assert changed(before, after) == set()
    checkpoint = load_checkpoint(run)
    adapters = checkpoint.tensors("lora")
    assert any(t.abs().max() > 0 for name, t in adapters.items() if name.endswith("up"))
    assert {name.partition(".")[0] for name in checkpoint.tensors("ema")} == {"lora"}
    trained = {key.rpartition("/")[0] for key in checkpoint.tensors("optimizer")}
    assert all(name.startswith("lora.") for name in trained)
    made = [
        AudioOmni.from_pretrained(folder, catalog=host).generate("rain", seed=1, steps=2)
        for folder in (base, run)
    ]
    assert not torch.equal(*(result.waveform.samples for result in made))


def test_adapters_resume_bit_equal(base, tmp_path, host, micro):
    settings = (*SHORT, *FEW, f"train.start_from={base}", *LORA)
    train(micro(*settings), host, tmp_path / "whole")
    train(micro(*settings, "train.steps=2"), host, tmp_path / "parts")
    train(micro(*settings), host, tmp_path / "parts", resume=True)
    whole, parts = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert whole.keys() == parts.keys()
    assert all(torch.equal(tensor, parts[name]) for name, tensor in whole.items())


def test_a_conditioner_can_be_trained_beside_the_adapters(base, tmp_path, host, micro):
    part = "train.parts=[conditioner-source]"
    train(micro(*SHORT, *FEW, f"train.start_from={base}", *LORA, part), host, tmp_path / "run")
    after = weights(tmp_path / "run", "dit", "conditioner-prompt", "conditioner-source")
    assert changed(averaged(base), after) == {"conditioner-source"}


def test_a_run_with_adapters_is_no_beginning_before_they_are_merged(base, tmp_path, host, micro):
    train(micro(*SHORT, *FEW, f"train.start_from={base}", *LORA), host, tmp_path / "run")
    recipe = micro(*SHORT, *FEW, f"train.start_from={tmp_path / 'run'}")
    with pytest.raises(CheckpointError, match=r"holds adapters beside its weights\. Merge them"):
        train(recipe, host, tmp_path / "next")


@pytest.fixture(scope="module")
def adapted(base, tmp_path_factory, host):
    """Two runs that trained adapters of one model, on different tasks."""
    from audio_omni.core.recipe import find_recipe, resolve_recipe

    values, runs = find_recipe("micro", host.recipes), []
    for seed in (1, 2):
        quiet = ("tracking.observers=[jsonl]", f"seed={seed}", f"train.start_from={base}")
        recipe = resolve_recipe(values, [*quiet, *SHORT, *FEW, *LORA])
        runs.append(tmp_path_factory.mktemp("adapted") / "run")
        train(recipe, host, runs[-1])
    return runs


def made(path, host, **adapters):
    engine = AudioOmni.from_pretrained(path, catalog=host, adapters=adapters)
    return engine.generate("rain", seed=1, steps=2).waveform.samples


def test_exported_adapters_on_the_base_are_the_run(base, adapted, tmp_path, host, cli):
    folder = tmp_path / "adapter"
    assert cli("lora", "export", adapted[0], "-o", folder) == 0
    assert {path.name for path in folder.iterdir()} == {
        "adapter_model.safetensors",
        "adapter_config.json",
    }
    described = json.loads((folder / "adapter_config.json").read_text())
    assert (described["peft_type"], described["r"], described["lora_alpha"]) == ("LORA", 4, 4)
    tensors = load_file(folder / "adapter_model.safetensors")
    layer = "base_model.model.transformer.layers.0.self_attn.to_qkv"
    assert tensors[f"{layer}.lora_A.weight"].shape == (4, 64)
    assert tensors[f"{layer}.lora_B.weight"].shape == (192, 4)
    run, added = made(adapted[0], host), made(base, host, **{str(folder): 1.0})
    assert torch.allclose(run, added, atol=1e-5)
    assert torch.equal(made(base, host, **{str(folder): 0.0}), made(base, host))
    assert not torch.allclose(made(base, host, **{str(folder): 0.5}), added, atol=1e-5)


def test_merged_equals_unmerged_and_is_a_model_like_any(adapted, base, tmp_path, host, micro, cli):
    merged = tmp_path / "merged"
    assert cli("lora", "merge", adapted[0], "-o", merged) == 0
    assert torch.allclose(made(merged, host), made(adapted[0], host), atol=1e-5)
    assert not {"lora", "ema", "optimizer"} & set(load_checkpoint(merged).hashes)
    recipe = micro(*SHORT, *FEW, f"train.start_from={merged}")
    assert train(recipe, host, tmp_path / "further").status == "finished"


def test_two_adapters_add_up_in_any_order(adapted, base, tmp_path, host, cli):
    first, second = map(str, adapted)

    def dit(path, **adapters):
        engine = AudioOmni.from_pretrained(path, catalog=host, adapters=adapters)
        return engine.model.dit.state_dict()

    def distance(one, other):
        return max(float((t - other[name]).abs().max()) for name, t in one.items())

    there = dit(base, **{first: 1.0, second: 0.5})
    assert distance(there, dit(base, **{second: 0.5, first: 1.0})) < 1e-6
    assert distance(there, dit(base, **{first: 1.0})) > 1e-4
    merged = tmp_path / "merged"
    assert cli("lora", "merge", base, "--lora", first, "--lora", f"{second}=0.5", "-o", merged) == 0
    assert distance(there, dit(merged)) < 1e-6
    assert load_checkpoint(merged).state["merged"] == {first: 1.0, second: 0.5}


def test_a_clip_says_which_adapters_made_it(adapted, base, tmp_path, cli, capsys):
    call = ["run", "text_to_audio", "--model", base, "--prompt", "rain", "--steps", "1"]
    call += ["--seed", "1", "--lora", f"{adapted[0]}=0.5", "-o", tmp_path / "a.flac", "--json"]
    assert cli(*call) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["provenance"]["adapters"] == {str(adapted[0]): 0.5}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (["lora", "export", "{base}", "-o", "{out}"], "holds no adapters; expected a run with"),
        (["lora", "merge", "{base}", "--lora", "{out}", "-o", "{out}2"], "does not exist"),
        (["lora", "merge", "{base}", "--lora", "a=b", "-o", "{out}"], "'b' is no number"),
        (["lora", "merge", "{base}", "-o", "{base}"], "exists; choose another folder"),
        (["lora", "merge", "{base}", "-o", "{out}"], "so there is nothing to merge. Name some"),
    ],
)
def test_mistakes_with_adapters_are_told(base, tmp_path, cli, capsys, call, message):
    words = [word.format(base=base, out=tmp_path / "out") for word in call]
    assert cli(*words) == 1
    assert message in " ".join(capsys.readouterr().err.split())


def test_adapters_of_another_model_are_refused(adapted, tmp_path, host, micro):
    train(micro(*SHORT, *FEW, "model.dit.width=32"), host, tmp_path / "other")
    with pytest.raises(CheckpointError, match="Use the model that they were trained on"):
        made(tmp_path / "other", host, **{str(adapted[0]): 1.0})
