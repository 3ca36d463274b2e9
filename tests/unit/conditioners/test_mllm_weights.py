import pickle

import pytest
import torch
from audio_omni.conditioners.mllm.conditioner import MllmConditioner
from audio_omni.conditioners.mllm.config import MllmConfig
from audio_omni.core.errors import CheckpointError
from audio_omni.core.payloads import Prompt
from audio_omni.core.training.checkpoint_saving import save_checkpoint
from safetensors.torch import load_file, save_file

SIZES = {"width": 32, "layers": 2, "vocab": 1024}


def build(weights=None, **local):
    options = {**SIZES, **local, "weights": None if weights is None else str(weights)}
    return MllmConditioner(MllmConfig(local=options), 24)


@pytest.fixture(scope="module")
def trained():
    """A thinker as training leaves it: of other weights than those it began with."""
    mllm = build(seed=7)
    return mllm.answering_network()


@pytest.fixture(scope="module")
def file(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "thinker.safetensors"
    save_file({name: t.clone() for name, t in trained.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def run(trained, tmp_path_factory):
    """A run whose averages are twice its last weights."""
    folder = tmp_path_factory.mktemp("ears")
    own = trained.state_dict()
    averages = {f"thinker.{name}": 2 * p.detach() for name, p in trained.named_parameters()}
    save_checkpoint(folder, 5, {"thinker": own, "ema": averages}, recipe_yaml="{}", state={})
    return folder


def states(mllm):
    return mllm.encode_frozen([mllm.prepare(Prompt("a dog barks"))])[0]


def test_a_file_and_a_run_are_read(trained, file, run):
    assert torch.equal(states(build(file)), states(build(seed=7)))
    from_run = build(run).thinker.model.state_dict()
    for name, parameter in trained.named_parameters():
        assert torch.equal(from_run[name], 2 * parameter.detach()), name
    checkpoint = run / "checkpoints" / "step-00000005"
    assert torch.equal(states(build(checkpoint)), states(build(run)))


def test_trained_weights_are_told_apart_by_the_digest(file, run):
    digests = {build(w).frozen_digest() for w in (None, file, run)}
    assert len(digests) == 3


def test_they_are_frozen_and_go_to_workers(file):
    mllm = build(file)
    assert not any(p.requires_grad for p in mllm.thinker.model.parameters())
    assert torch.equal(states(pickle.loads(pickle.dumps(mllm))), states(mllm))


def test_nothing_there(tmp_path):
    with pytest.raises(CheckpointError, match=r"there is nothing at .*gone; expected the folder"):
        build(tmp_path / "gone")


def test_a_run_that_trained_something_else(tmp_path):
    save_checkpoint(tmp_path, 1, {"dit": {"w": torch.ones(1)}}, recipe_yaml="{}", state={})
    with pytest.raises(CheckpointError, match=r"no component 'thinker'; it holds dit"):
        build(tmp_path)


def test_other_sizes_are_listed(file):
    with pytest.raises(CheckpointError, match=r"other shapes: .*Give the sizes under `local`"):
        build(file, width=64)


@pytest.mark.parametrize("other", [{"heads": 2}, {"audio_hop_ms": 25}, {"audio_level": "even"}])
def test_what_no_shape_shows_is_refused_too(file, other):
    with pytest.raises(CheckpointError, match="other values of heads, audio_hop_ms, audio_level"):
        build(file, **other)


def test_another_vocabulary_of_the_same_size_is_refused(file, tmp_path):
    tensors = load_file(file)
    tensors["signature"] = tensors["signature"] ^ 1  # as a later version's word lists give it
    save_file(tensors, tmp_path / "older.safetensors")
    with pytest.raises(CheckpointError, match="trained with another vocabulary"):
        build(tmp_path / "older.safetensors")
