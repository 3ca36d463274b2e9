"""Adapters of a transformer: they begin as nothing, learn alone, and melt into the weights."""

import copy

import pytest
import torch
from audio_omni.core.config import parse_config
from audio_omni.core.errors import ConfigError
from audio_omni.core.models.lora import AdaptedLinear, add_adapters, merge_adapters
from audio_omni.core.models.lora_config import LoraConfig
from audio_omni.core.models.transformer import Transformer
from audio_omni.core.training.adapter_files import (
    AdapterFile,
    put_into,
    read_adapters,
    write_adapters,
)
from torch import nn

WIDTH, DEPTH = 16, 2


def transformer():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Transformer(features=6, width=WIDTH, depth=DEPTH, heads=2)


def call(net, x, context):
    return net(x, torch.arange(x.shape[1]), None, context)


@pytest.fixture
def inputs():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(2, 5, WIDTH, generator=generator), torch.randn(
        2, 3, WIDTH, generator=generator
    )


def shaken(adapters):
    """Give every adapter something to say."""
    generator = torch.Generator().manual_seed(2)
    for _, adapter in adapters.items():
        torch.nn.init.normal_(adapter.up, std=0.2, generator=generator)


def test_adapters_begin_as_nothing_and_leave_the_names_of_weights(inputs):
    plain, net = transformer(), transformer()
    adapters = add_adapters(net, LoraConfig(rank=4), seed=0)
    assert torch.equal(call(net, *inputs), call(plain, *inputs))
    assert net.state_dict().keys() == plain.state_dict().keys()
    assert {n for n, _ in net.named_parameters()} == {n for n, _ in plain.named_parameters()}
    assert len(list(adapters.items())) == DEPTH * 7
    assert {len(a.down) for _, a in adapters.items()} == {4}


def test_merged_equals_unmerged(inputs):
    net = transformer()
    shaken(add_adapters(net, LoraConfig(rank=4, alpha=8), seed=0))
    before, plain = call(net, *inputs), call(transformer(), *inputs)
    merge_adapters(net)
    after = call(net, *inputs)
    assert torch.allclose(before, after, atol=1e-5)
    assert not torch.allclose(after, plain, atol=1e-3)
    assert not [m for m in net.modules() if isinstance(m, AdaptedLinear)]


def test_a_generations_shorter_way_reads_the_adapter_too(inputs):
    net = transformer()
    shaken(add_adapters(net, LoraConfig(rank=4, targets=["to_qkv"]), seed=0))
    block, (x, _) = net.layers[0], inputs
    rotation = net.rotary_pos_emb(torch.arange(5))
    whole = block.self_attn(x, rotation, None)
    assert torch.allclose(
        block.self_attn.attend_from(x, rotation, None, 2), whole[:, 2:], atol=1e-6
    )


def test_only_adapters_get_a_gradient_when_the_rest_is_held(inputs):
    net = transformer().requires_grad_(False)
    adapters = add_adapters(net, LoraConfig(rank=2), seed=0)
    call(net, *inputs).square().mean().backward()
    assert all(p.grad is None for p in net.parameters())
    assert all(a.up.grad is not None for _, a in adapters.items())


def test_targets_are_ends_of_names():
    net = transformer()
    adapters = add_adapters(net, LoraConfig(rank=2, targets=["to_kv", "ff.0.proj"]), seed=0)
    ends = {name.rpartition(".")[2] for name, _ in adapters.items()}
    assert ends == {"to_kv", "proj"}
    with pytest.raises(ConfigError, match=r"names 'to_k', which no .*to_kv"):
        add_adapters(transformer(), LoraConfig(rank=2, targets=["to_k"]), seed=0)


def test_the_scale_is_alpha_over_rank():
    assert LoraConfig(rank=8).scale == 1.0
    assert LoraConfig(rank=8, alpha=16).scale == 2.0
    with pytest.raises(ConfigError, match="rank"):
        parse_config(LoraConfig, {"rank": 0}, where="lora")


def test_a_bias_stays_and_precision_stays():
    net = nn.Sequential(nn.Linear(4, 3).bfloat16())
    shaken(add_adapters(net, LoraConfig(rank=2, targets=["0"]), seed=0))
    bias = copy.deepcopy(net[0].bias)
    merge_adapters(net)
    assert net[0].weight.dtype is torch.bfloat16
    assert torch.equal(net[0].bias, bias)


class Velocity(nn.Module):
    """A transformer inside another module, as the velocity network holds its own."""

    def __init__(self):
        super().__init__()
        self.transformer = transformer()

    def forward(self, x):
        return call(self.transformer, x, x)


def test_the_library_peft_reads_what_we_write(inputs, tmp_path):
    peft = pytest.importorskip("peft")
    net, config = Velocity(), LoraConfig(rank=4, alpha=8)
    adapters = add_adapters(net, config, seed=0)
    shaken(adapters)
    layers = {name: (a.down.detach(), a.up.detach()) for name, a in adapters.items()}
    found = AdapterFile(tmp_path, config.scale, layers)
    write_adapters(found, config, tmp_path / "adapter", base="runs/base")
    theirs = peft.PeftModel.from_pretrained(Velocity(), str(tmp_path / "adapter"))
    assert torch.allclose(theirs(inputs[0]), net(inputs[0]), atol=1e-6)


def test_we_read_what_the_library_peft_writes(inputs, tmp_path):
    peft = pytest.importorskip("peft")
    options = peft.LoraConfig(r=3, lora_alpha=6, target_modules=["to_qkv", "to_out"])
    theirs = peft.get_peft_model(Velocity(), options)
    for name, parameter in theirs.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    theirs.save_pretrained(str(tmp_path))
    net = Velocity()
    put_into(net, read_adapters(tmp_path))
    assert torch.allclose(net(inputs[0]), theirs(inputs[0]), atol=1e-5)
    halved = Velocity()
    put_into(halved, read_adapters(tmp_path), 0.5)
    assert not torch.allclose(halved(inputs[0]), theirs(inputs[0]), atol=1e-3)
