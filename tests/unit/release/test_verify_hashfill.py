"""The formula of weights, against the one that made the goldens."""

import importlib.util

import pytest
import torch
from audio_omni.plugins.release.goldens import hashfill

KEYS = {
    "model.model.timestep_features.weight": (8, 1),
    "model.model.transformer.layers.0.pre_norm.gamma": (16,),
    "model.model.transformer.layers.0.pre_norm.beta": (16,),
    "model.model.transformer.rotary_pos_emb.inv_freq": (4,),
    "model.model.transformer.layers.0.ff.ff.0.proj.bias": (16,),
    "model.model.transformer.layers.0.ff.ff.0.proj.weight": (16, 24),
    "pretransform.model.decoder.layers.1.layers.1.weight_g": (6, 1, 1),
    "pretransform.model.decoder.layers.1.layers.2.layers.1.weight_g": (6, 1, 1),
    "pretransform.model.encoder.layers.6.alpha": (6,),
    "pretransform.model.encoder.layers.6.beta": (6,),
    "pretransform.model.encoder.layers.0.weight_v": (6, 2, 7),
    "conditioner.conditioners.speech_prompt.text_embed.text_embed.weight": (9, 4),
    "conditioner.conditioners.speech_prompt.text_embed.text_blocks.0.grn.beta": (1, 1, 8),
    "conditioner.conditioners.speech_prompt.empty_speech_feat": (1, 3, 4),
    "vfeat_extractor.cls_token": (1, 1, 8),
    "vfeat_extractor.norm.weight": (8,),
}


@pytest.fixture(scope="module")
def theirs(shared_dir):
    path = shared_dir / "goldens" / "hashfill.py"
    if not path.is_file():
        pytest.skip("needs hashfill.py in the shared goldens")
    spec = importlib.util.spec_from_file_location("shared_hashfill", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", [0, 31, (1 << 20) + 5])
def test_weights_are_bit_identical(theirs, seed):
    ours, wanted = hashfill.fill(KEYS, seed), theirs.fill_state_dict(KEYS, seed)
    assert ours.keys() == wanted.keys()
    assert [k for k in ours if not torch.equal(ours[k], wanted[k])] == []


@pytest.mark.parametrize("shape", [(), (1,), (hashfill.BLOCK,), (3, hashfill.BLOCK + 1)])
def test_values_of_any_length_are_bit_identical(theirs, shape):
    ours = hashfill.value("wav", shape, 63, std=0.01, mean=0.2)
    assert torch.equal(ours, theirs.value("wav", shape, 63, std=0.01, mean=0.2))


def test_values_have_the_given_mean_and_deviation():
    values = hashfill.value("x", (1 << 17,), 1, std=0.5, mean=2.0)
    assert values.mean().item() == pytest.approx(2.0, abs=0.01)
    assert values.std().item() == pytest.approx(0.5, abs=0.01)


def test_names_and_seeds_decide_the_values():
    first = hashfill.unit("a", (8,), 1)
    assert not torch.equal(first, hashfill.unit("b", (8,), 1))
    assert not torch.equal(first, hashfill.unit("a", (8,), 2))


def test_constants_are_left_alone():
    norm = "model.model.transformer.layers.0.pre_norm.beta"
    assert hashfill.fill({norm: (4,), "rotary_pos_emb.inv_freq": (4,)}) == {}
