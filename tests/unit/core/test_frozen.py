"""What is trained begins the same, whether the frozen network beside it is there or not."""

import pytest
import torch
from audio_omni.core.frozen import are_left_out, open_frozen, without_frozen
from audio_omni.core.models.build import build_conditioner, build_model
from audio_omni.core.models.codec_left_out import CodecLeftOut
from audio_omni.core.models.config import ConditionerUse
from audio_omni.core.models.presets import PRESETS
from audio_omni.core.recipe import ModelConfig
from audio_omni.plugins.manager import build_plugin_manager
from torch import nn

LOCAL = {
    "mllm": {"local": {"width": 32}},
    "t5": {"local": {"width": 32}},
    "clap": {"local": {"width": 32}},
    "clip": {"local": {"width": 32}},
    "videomae": {"local": {"width": 32}},
    "synchformer": {"seconds": 3.0, "timeline": "seconds", "local": {}},
}


@pytest.fixture(scope="module")
def host():
    return build_plugin_manager(entry_points=False, strict=True)


def build(name, options, host, *, leave_out):
    torch.manual_seed(0)
    with without_frozen(leave_out):
        use = ConditionerUse(name=name, options=options)
        return build_conditioner("it", use, 16, host), torch.rand(1)


@pytest.mark.parametrize(("name", "options"), LOCAL.items(), ids=LOCAL)
def test_every_conditioner_can_leave_its_network_out(name, options, host):
    live, drawn = build(name, options, host, leave_out=False)
    left, drawn_too = build(name, options, host, leave_out=True)
    assert torch.equal(drawn, drawn_too)
    state = left.state_dict()
    assert state.keys() == live.state_dict().keys()
    for key, tensor in live.state_dict().items():
        assert torch.equal(tensor, state[key]), key
    assert live.frozen_networks()
    for key, network in live.frozen_networks().items():
        empty = left.frozen_networks()[key]
        assert not any(p.is_meta for p in network.parameters())
        assert all(p.is_meta for p in empty.parameters())
        assert [p.shape for p in empty.parameters()] == [p.shape for p in network.parameters()]
    left.to(torch.float64).to(torch.float32)  # as a model is brought to its device


def test_the_random_state_is_left_as_it_was():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    assert open_frozen(lambda: torch.rand(3)).shape == (3,)
    assert torch.equal(torch.get_rng_state(), before)
    with without_frozen():
        assert are_left_out()
        with without_frozen(False):
            assert open_frozen(lambda: nn.Linear(2, 2)).weight.device.type == "cpu"
        assert open_frozen(lambda: nn.Linear(2, 2)).weight.is_meta
    assert not are_left_out()


def test_a_model_begins_the_same_without_its_codec(host):
    config = ModelConfig.model_validate(PRESETS["micro"])
    sizes = {"width": 4, "multipliers": [1, 2], "strides": [16, 32], "latent_dim": 8}
    codec = {"name": "oobleck", "options": {**sizes, "channels": 1, "sample_rate_hz": 16000}}
    config = ModelConfig.model_validate({**PRESETS["micro"], "codec": codec})
    live = build_model(config, host, 3)
    facts = {"sample_rate_hz": 16000, "channels": 1, "hop": 512, "latent_dim": 8}
    left = build_model(config, host, 3, codec=CodecLeftOut(**facts, file=None), left_out=["prompt"])
    assert left.geometry == live.geometry
    parts, own = live.components(), left.components()
    assert parts.keys() - own.keys() == {"codec"}
    for name, part in own.items():
        for key, tensor in part.state_dict().items():
            assert torch.equal(tensor, parts[name].state_dict()[key]), f"{name}.{key}"
