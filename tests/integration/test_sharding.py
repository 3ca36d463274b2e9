"""Two processes over gloo that each keep a part of the transformer learn what one does."""

import json
import shutil
import subprocess

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.core.errors import CheckpointError
from audio_omni.core.training.adapter_files import export_adapters
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.consolidating import consolidate
from safetensors import safe_open
from safetensors.torch import load_file

from .test_distributed import PIPES, assert_close, command, history, train, weights

SPREAD = ("train.sharding=full",)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    run = tmp_path_factory.mktemp("alone") / "run"
    train(run)
    return run


@pytest.fixture(scope="module")
def spread(tmp_path_factory):
    run = tmp_path_factory.mktemp("spread") / "run"
    train(run, *SPREAD, "train.activation_checkpointing=true", processes=2)
    return run


def test_they_end_with_the_weights_of_one(alone, spread):
    assert_close(weights(alone), weights(spread))
    one, two = history(alone), history(spread)
    for a, b in zip(one, two, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], abs=1e-4)
        assert b["gradient_norm"] == pytest.approx(a["gradient_norm"], rel=1e-3)
        assert b["task_gradient_norm"] == pytest.approx(a["task_gradient_norm"], rel=1e-3)


def test_each_process_wrote_its_part(spread):
    checkpoint = load_checkpoint(spread)
    files = sorted((checkpoint.path / "shards").iterdir())
    assert [path.name for path in files] == sorted(checkpoint.state["shards"])
    assert len(files) == 2
    sizes = [path.stat().st_size for path in files]
    assert min(sizes) > 0.4 * sum(sizes)


def test_averages_and_moments_are_spread_like_the_weights(spread):
    """Of each, a process's file holds the rows that it holds of the weight itself."""
    checkpoint, rows = load_checkpoint(spread), []
    for path in sorted((checkpoint.path / "shards").iterdir()):
        with safe_open(path, "pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.offset_keys()}
        learned = [name.removeprefix("ema/dit.") for name in shapes if name.startswith("ema/dit.")]
        for name in learned:
            like = [f"dit/{name}", *(f"optimizer/dit.{name}/exp_avg{end}" for end in ("", "_sq"))]
            assert {shapes[other] for other in like} == {shapes[f"ema/dit.{name}"]}, name
        rows.append({name: shapes[f"dit/{name}"][0] for name in learned})
    whole = checkpoint.tensors("dit")
    halved = [name for name, own in rows[0].items() if own < len(whole[name])]
    assert len(halved) > 0.8 * len(rows[0])
    assert all(rows[0][name] + rows[1][name] == len(whole[name]) for name in halved)


def test_a_broken_part_is_named(spread, tmp_path):
    checkpoint = load_checkpoint(spread)
    copy = tmp_path / "copy"
    (copy / "shards").mkdir(parents=True)
    for path in checkpoint.path.rglob("*.*"):
        (copy / path.relative_to(checkpoint.path)).write_bytes(path.read_bytes())
    broken = sorted((copy / "shards").iterdir())[1]
    data = bytearray(broken.read_bytes())
    data[-3] ^= 1
    broken.write_bytes(data)
    with pytest.raises(CheckpointError, match=f"{broken.name} is not the file that was saved"):
        load_checkpoint(copy).tensors("dit")
    broken.unlink()
    with pytest.raises(CheckpointError, match=f"lacks shards/{broken.name}"):
        load_checkpoint(copy).tensors("dit")


def test_a_full_disk_ends_all_processes_and_leaves_the_last_checkpoint(spread, tmp_path):
    """Files may not grow beyond a limit: a process's part fails half-way, as on a full disk."""
    run = tmp_path / "run"
    shutil.copytree(spread, run)
    words = command(run, *SPREAD, "train.steps=9", processes=2, resume=True)
    full = ["bash", "-c", 'ulimit -f 400; exec "$@"', "bash", *words]
    done = subprocess.run(full, timeout=240, check=False, **PIPES)
    assert done.returncode != 0
    assert "could not be written" in done.stderr
    assert load_checkpoint(run).step == 6
    left = {path.name for path in (run / "checkpoints").iterdir()}
    assert left == {"step-00000003", "step-00000006"}
    assert train(run, *SPREAD, "train.steps=9", processes=2, resume=True)["step"] == 9


@pytest.mark.parametrize(
    ("first", "second"),
    [((2, SPREAD), (2, SPREAD)), ((2, SPREAD), (1, ())), ((1, ()), (2, SPREAD))],
    ids=["spread", "spread then whole", "whole then spread"],
)
def test_a_run_goes_on_in_other_parts(alone, tmp_path, first, second):
    run = tmp_path / "run"
    train(run, "train.steps=3", *first[1], processes=first[0])
    train(run, *second[1], processes=second[0], resume=True)
    assert_close(weights(alone), weights(run))


def test_it_makes_samples_on_the_way(tmp_path):
    """The first process needs all weights for it, the averaged ones."""
    run, whole = tmp_path / "run", tmp_path / "whole"
    often = ("evaluation.every=3", "evaluation.samples_per_task=1", "sampling.steps=2")
    train(run, *often, *SPREAD, processes=2)
    train(whole, *often)
    found = []
    for folder in (run, whole):
        lines = (folder / "history.jsonl").read_text().splitlines()
        said = [e for e in map(json.loads, lines) if e["event"] == "samples_ready"]
        assert [e["step"] for e in said] == [3, 6]
        found.append([e["metrics"] for e in said])
    for spread, one in zip(*found, strict=True):
        assert spread == pytest.approx(one, rel=1e-2)
    assert_close(weights(whole), weights(run))


def test_a_language_model_is_not_spread(tmp_path):
    small = ("model.preset=micro", "loader.pool=false", "loader.workers=0", "train.steps=2")
    with pytest.raises(AssertionError, match=r"train\.sharding is for the transformer"):
        train(tmp_path / "ears", *small, *SPREAD, recipe="nano_understanding", processes=2)


@pytest.fixture(scope="module")
def adapted(alone, tmp_path_factory):
    """Adapters that one process trained, and two that share the frozen weights."""
    one, two = (tmp_path_factory.mktemp("adapted") / name for name in ("one", "two"))
    settings = (f"train.start_from={alone}", "train.lora.rank=4", "train.learning_rate=1e-2")
    train(one, *settings)
    train(two, *settings, *SPREAD, processes=2)
    return one, two


def test_adapters_beside_spread_weights_are_those_of_one_process(adapted):
    one, two = map(weights, adapted)
    learned = [t for name, t in one.items() if name.startswith("lora.") and name.endswith(".up")]
    assert len(learned) > 4
    assert all(tensor.abs().max() > 1e-3 for tensor in learned)
    assert_close(one, two)
    for a, b in zip(*map(history, adapted), strict=True):
        assert b["gradient_norm"] == pytest.approx(a["gradient_norm"], rel=1e-3)
    assert len(load_checkpoint(adapted[1]).state["shards"]) == 2


def test_their_files_are_the_same_for_peft(adapted, tmp_path):
    exported = [export_adapters(run, tmp_path / run.name) for run in adapted]
    one, two = (load_file(folder / "adapter_model.safetensors") for folder in exported)
    assert_close(one, two)
    one, two = (json.loads((folder / "adapter_config.json").read_text()) for folder in exported)
    assert one == two


def test_processes_stay_together_where_only_some_have_something_to_learn(alone, tmp_path):
    """Nine of ten examples have no context, and only what reads the context learns."""
    one, two = tmp_path / "one", tmp_path / "two"
    rare = ("train.context_dropout=0.9", "train.accumulate=3", "train.parts=[conditioner-prompt]")
    lora = ("train.lora={rank: 4, targets: [to_kv]}", f"train.start_from={alone}")
    train(one, *rare, *lora)
    train(two, *rare, *lora, *SPREAD, processes=2)
    assert_close(weights(one), weights(two))


def test_parts_are_put_together(spread, tmp_path):
    """What is put together can be trained on, and generates."""
    whole, weights_alone = tmp_path / "whole", tmp_path / "weights"
    consolidate(spread, whole)
    consolidate(spread, weights_alone, weights_only=True)
    parts, one, light = (load_checkpoint(p) for p in (spread, whole, weights_alone))
    assert "shards" not in one.state
    assert one.hashes.keys() == parts.hashes.keys() > light.hashes.keys()
    assert weights(whole).keys() == weights(spread).keys()
    for name, tensor in weights(whole).items():
        assert torch.equal(tensor, weights(spread)[name]), name
    averages = parts.tensors("ema")
    assert torch.equal(
        light.tensors("dit")["transformer.project_in.weight"],
        averages["dit.transformer.project_in.weight"],
    )
    assert train(whole, "train.steps=7", resume=True)["step"] == 7
    model = AudioOmni.from_pretrained(weights_alone, device="cpu")
    clip = model.run("text_to_audio", prompt="a dog", steps=1)
    assert torch.isfinite(clip.waveform.samples).all()
    with pytest.raises(CheckpointError, match="exists; choose another folder"):
        consolidate(spread, whole)
