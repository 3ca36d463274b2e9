"""What a run learns is the same with the cache and without, and whatever is in it."""

import pytest
import torch
from audio_omni import AudioOmni
from audio_omni.conditioners.mllm.reader import PromptReader
from audio_omni.core.data.cache_folder import shard_files
from audio_omni.core.training.checkpoint import load_checkpoint
from audio_omni.core.training.session import train

SHORT = ("train.steps=3", "train.checkpoint_every=2", "loader.batch_size=6")
FEW = tuple(f"mixture.sources.{i}.max_rows=4" for i in range(3))


def weights(run_dir):
    checkpoint = load_checkpoint(run_dir)
    return {
        f"{part}.{name}": tensor
        for part in checkpoint.hashes
        for name, tensor in checkpoint.tensors(part).items()
    }


def assert_bit_equal(first, second):
    assert first.keys() == second.keys()
    for name, tensor in first.items():
        assert torch.equal(tensor, second[name]), name


@pytest.fixture
def run(micro, host, tmp_path):
    """A function that trains, and returns the outcome: it counts what came from the cache."""

    def train_one(name, *overrides):
        recipe = micro(*SHORT, *FEW, "evaluation.every=null", *overrides)
        return train(recipe, host, tmp_path / name)

    return train_one


def test_runs_with_and_without_the_cache_end_bit_equal(run, tmp_path, monkeypatch):
    off = run("off", "loader.feature_cache=off")
    assert (off.features_computed, off.features_reused) == (0, 0)
    assert "cache" not in off.describe()
    here = f"loader.feature_cache={tmp_path / 'features'}"
    cold = run("cold", here)
    assert 0 < cold.features_computed <= 12
    assert cold.features_computed + cold.features_reused == 18
    shards = shard_files(tmp_path / "features")
    with monkeypatch.context() as patch:
        patch.setattr(PromptReader, "encode_frozen", None)
        warm = run("warm", here, "loader.workers=1")
    assert (warm.features_computed, warm.features_reused) == (0, 18)
    assert warm.describe().endswith("18 of 18 features came from the cache.")
    assert [s.path for s in shard_files(tmp_path / "features")] == [s.path for s in shards]
    for other in (cold, warm):
        assert_bit_equal(weights(off.run_dir), weights(other.run_dir))


def test_a_pool_is_built_from_the_cache(run, tmp_path, monkeypatch):
    here = f"loader.feature_cache={tmp_path / 'features'}"
    first = run("first", here, "loader.pool=true")
    assert first.features_computed + first.features_reused == 12  # every row once
    with monkeypatch.context() as patch:
        patch.setattr(PromptReader, "encode_frozen", None)
        again = run("again", here, "loader.pool=true")
    assert again.features_computed == 0
    assert_bit_equal(weights(first.run_dir), weights(again.run_dir))


def test_a_resume_may_change_the_cache_and_generation_leaves_it(micro, host, tmp_path):
    here = f"loader.feature_cache={tmp_path / 'features'}"
    train(
        micro(*SHORT, *FEW, here, "train.steps=2", "evaluation.every=null"), host, tmp_path / "run"
    )
    other = "loader.feature_cache=off"
    outcome = train(
        micro(*SHORT, *FEW, "evaluation.every=null", other), host, tmp_path / "run", resume=True
    )
    assert outcome.step == 3
    before = shard_files(tmp_path / "features")
    AudioOmni.from_pretrained(tmp_path / "run").generate("a kettle", seed=0, seconds=0.5, steps=1)
    assert shard_files(tmp_path / "features") == before
